import type { QueryResult } from '../grafana/prometheus-frames.ts';
import type { TimeRange } from '../grafana/time-range.ts';

/** A query that Prometheus refused, or no answer at all. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
}

async function ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`/prometheus/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
  const body = (await response.json()) as { status?: string; error?: string; data?: unknown };
  if (body.status !== 'success') throw new QueryError(body.error ?? `Prometheus answered ${response.status}`);
  return body.data;
}

const seconds = (ms: number): string => String(ms / 1_000);

export async function instantQuery(query: string, timeMs: number): Promise<QueryResult> {
  return (await ask('query', { query, time: seconds(timeMs) })) as QueryResult;
}

export async function rangeQuery(
  query: string,
  { fromMs, toMs }: TimeRange,
  stepMs: number,
): Promise<QueryResult> {
  const parameters = { query, start: seconds(fromMs), end: seconds(toMs), step: seconds(stepMs) };
  return (await ask('query_range', parameters)) as QueryResult;
}

/** Values of a label, of the series that the selector means; of all without one. */
export async function labelValues(
  label: string,
  selector: string | undefined,
  { fromMs, toMs }: TimeRange,
): Promise<readonly string[]> {
  return (await ask(`label/${label}/values`, {
    ...(selector !== undefined && { 'match[]': selector }),
    start: seconds(fromMs),
    end: seconds(toMs),
  })) as readonly string[];
}
