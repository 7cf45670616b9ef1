import type { Observation, SourceReport } from '../../src/core/model/observation.ts';
import type { SourceSink } from '../../src/sources/source.ts';

/** Keeps what sources said. */
export class RecordingSink implements SourceSink {
  readonly observations: Observation[] = [];
  readonly reports: SourceReport[] = [];

  observe(observation: Observation): void {
    this.observations.push(observation);
  }

  report(report: SourceReport): void {
    this.reports.push(report);
  }

  /** What one source saw, without its name and the time. */
  of(source: Observation['source']): object[] {
    return this.observations
      .filter((observation) => observation.source === source)
      .map((observation) =>
        Object.fromEntries(Object.entries(observation).filter(([key]) => key !== 'source' && key !== 'at')),
      );
  }

  errors(): readonly NonNullable<SourceReport['error']>[] {
    return this.reports.flatMap((report) => (report.error === undefined ? [] : [report.error]));
  }
}
