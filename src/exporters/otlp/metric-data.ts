import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import { seriesOf, type Family } from '../metric.ts';
import type { OtelDescriptor } from '../otel-name.ts';

/** OTLP's word for a start that is not known. */
const UNKNOWN_START: HrTime = [0, 0];

/**
 * A family of the catalogue in OpenTelemetry's words, as of `atWallMs`; `undefined` when it says nothing. Attributes are
 * the labels of Prometheus under the same names, so that one query fits both worlds; an empty one is left out, which to
 * Prometheus is the same.
 */
export function metricDataOf(
  family: Family,
  { otel, atWallMs }: { readonly otel: OtelDescriptor; readonly atWallMs: number },
): MetricData | undefined {
  const series = seriesOf(family);
  if (series.length === 0) return undefined;
  const endTime = millisToHrTime(atWallMs);
  const descriptor = {
    name: otel.name,
    description: family.help,
    unit: otel.unit,
    valueType: ValueType.DOUBLE,
  };
  const pointsFrom = (startOf: (since: number | undefined) => HrTime) =>
    series.map(({ labels, value, since }) => ({
      startTime: startOf(since),
      endTime,
      attributes: attributesOf(family.labels, labels),
      value,
    }));

  switch (otel.kind) {
    case 'counter':
      return {
        descriptor,
        dataPointType: DataPointType.SUM,
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        isMonotonic: true,
        // A clock that was set back must not make a counter begin in the future.
        dataPoints: pointsFrom((since) =>
          since === undefined ? UNKNOWN_START : millisToHrTime(Math.min(since, atWallMs)),
        ),
      };
    case 'gauge':
      return {
        descriptor,
        dataPointType: DataPointType.GAUGE,
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPoints: pointsFrom(() => UNKNOWN_START),
      };
    default:
      return otel.kind satisfies never;
  }
}

function attributesOf(names: readonly string[], values: readonly string[]): Attributes {
  const attributes: Attributes = {};
  for (const [index, name] of names.entries()) {
    const value = values[index] ?? '';
    if (value !== '') attributes[name] = value.toWellFormed();
  }
  return attributes;
}
