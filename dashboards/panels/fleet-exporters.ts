import { ofExporters, perMinuteByOccurring, TIMELINE_ROWS, topInRange, WORST } from '../expressions.ts';
import { PLAIN_COLORS } from '../node-state-look.ts';
import { series } from '../series.ts';
import { valueMapping } from './looks.ts';
import { stateTimeline } from './state-timeline.ts';
import { joinedTable } from './table.ts';
import { timeSeries } from './time-series.ts';

const WORKS = valueMapping([
  { value: 0, text: 'fails', color: PLAIN_COLORS.bad },
  { value: 1, text: 'works', color: PLAIN_COLORS.good },
]);

const BY = 'job, instance';
const UP = series('up');
const SOURCE_UP = series('openclaw_nodehost_exporter_source_up');

/** Whether we can see at all. */
export function exporterSources(): ReturnType<typeof stateTimeline> {
  return stateTimeline({
    title: 'Scrapes and sources',
    description: `Whether each exporter can be scraped and whether each of its sources sees; the ${TIMELINE_ROWS} of either with the longest trouble. A source that is switched off has no row.`,
    width: 16,
    height: 9,
    queries: [
      {
        expr: topInRange(ofExporters(UP), {
          by: BY,
          rank: `(1 - avg_over_time(${UP}[$__range] @ end()))`,
          count: TIMELINE_ROWS,
        }),
        legend: '{{instance}} scrape',
      },
      {
        expr: topInRange(SOURCE_UP, {
          by: `${BY}, source`,
          rank: `(1 - avg_over_time(${SOURCE_UP}[$__range] @ end()))`,
          count: TIMELINE_ROWS,
        }),
        legend: '{{instance}} {{source}}',
      },
    ],
    mapping: WORKS,
  });
}

/** Why a source does not see. */
export function exporterErrors(): ReturnType<typeof timeSeries> {
  return timeSeries({
    title: 'Errors of sources',
    description:
      'Looks of sources that failed, a minute, by source and kind of error. "none": no look failed.',
    width: 8,
    height: 9,
    queries: [
      {
        expr: perMinuteByOccurring({
          counter: 'openclaw_nodehost_exporter_source_errors_total',
          labels: ['source', 'kind'],
        }),
        legend: '{{source}} {{kind}}',
      },
    ],
    unit: 'cpm',
    style: 'stacked',
    legend: 'bottom',
  });
}

/** What is known of each exporter. */
export function exporterTable(): ReturnType<typeof joinedTable> {
  const clock = series('openclaw_nodehost_exporter_clock_seconds');
  return joinedTable({
    title: 'Exporters',
    description:
      "Each exporter as of the end of the time shown. Clock: how far its clock is from that of Prometheus, about a scrape's duration when all is well. Unwatched: node hosts beyond the limit now, which no panel shows.",
    width: 24,
    height: 6,
    exprs: [
      `max by (${BY}) (abs(${clock} - timestamp(${clock})))`,
      `time() - max by (${BY}) (${series('openclaw_nodehost_exporter_observed_since_timestamp_seconds')})`,
      `max by (${BY}) (${series('openclaw_nodehost_exporter_nodes_unwatched')})`,
      `max by (${BY}, version, nodejs_version) (${series('openclaw_nodehost_exporter_build_info')})`,
      `max by (${BY}) (${series('openclaw_nodehost_exporter_config_last_reload_successful')})`,
    ],
    columns: [
      { from: { label: 'instance' }, title: 'Exporter' },
      { from: { label: 'job' }, title: 'Job', widthPx: 160 },
      { from: { label: 'version' }, title: 'Version', widthPx: 110 },
      { from: { label: 'nodejs_version' }, title: 'Node.js', widthPx: 110 },
      { from: { valueOf: 'B' }, title: 'Looking for', widthPx: 120, unit: 's', decimals: 1 },
      { from: { valueOf: 'A' }, title: 'Clock off by', widthPx: 120, unit: 's', decimals: 3 },
      { from: { valueOf: 'C' }, title: 'Unwatched', widthPx: 100, decimals: 0 },
      { from: { valueOf: 'E' }, title: 'Configuration', widthPx: 130, mapping: WORKS, colored: true },
    ],
    worstFirstBy: 'Clock off by',
  });
}

/** What they cost. */
export function exporterMemory(): ReturnType<typeof timeSeries> {
  const memory = series('process_resident_memory_bytes');
  return timeSeries({
    title: `Memory of exporters, the ${WORST} largest`,
    description: `Resident memory of the exporters; the ${WORST} largest in the time shown.`,
    width: 12,
    height: 7,
    queries: [
      {
        expr: topInRange(ofExporters(memory), {
          by: BY,
          rank: ofExportersRank(`max_over_time(${memory}[$__range] @ end())`),
        }),
        legend: '{{instance}}',
      },
    ],
    unit: 'bytes',
  });
}

/** Whether Prometheus gets its answer in time. */
export function scrapeDuration(): ReturnType<typeof timeSeries> {
  const duration = series('scrape_duration_seconds');
  return timeSeries({
    title: `Scrape duration, the ${WORST} slowest`,
    description: `Time that Prometheus took to scrape each exporter; the ${WORST} slowest in the time shown. An exporter answers from memory, in milliseconds.`,
    width: 12,
    height: 7,
    queries: [
      {
        expr: topInRange(ofExporters(duration), {
          by: BY,
          rank: ofExportersRank(`max_over_time(${duration}[$__range] @ end())`),
        }),
        legend: '{{instance}}',
      },
    ],
    unit: 's',
  });
}

/** The rank must be among exporters, too: else the largest of all targets would fill it. */
function ofExportersRank(expression: string): string {
  return `(${ofExporters(expression)})`;
}
