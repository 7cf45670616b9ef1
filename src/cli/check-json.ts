import { nodeStatus, reportStatus, sortByUrgency, summarise, type CheckReport } from './check-report.ts';
import { pluginExitCode } from './exit-code.ts';

/** The report for programs. Ages in the evidence are meant at `at`. */
export function renderCheckJson(report: CheckReport): string {
  const status = reportStatus(report);
  const document = {
    status,
    exitCode: pluginExitCode(status),
    summary: summarise(report),
    via:
      report.via.kind === 'exporter'
        ? report.via
        : { ...report.via, lookedMs: Math.round(report.via.lookedMs) },
    ...(report.gateway !== undefined && { gateway: report.gateway }),
    nodes: sortByUrgency(report.nodes).map(({ inStateMs, atWallMs, ...node }) => ({
      ...node,
      status: nodeStatus(node),
      since: new Date(atWallMs - inStateMs).toISOString(),
      at: new Date(atWallMs).toISOString(),
    })),
    notes: report.notes,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
