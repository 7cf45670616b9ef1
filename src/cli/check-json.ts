import { nodeStatus, reportStatus, sortByUrgency, summarise, type CheckReport } from './check-report.ts';
import { pluginExitCode } from './exit-code.ts';

/** The report for programs: the document of /api/v1/nodes with what it comes to. */
export function renderCheckJson(report: CheckReport): string {
  const { via, document, notes } = report;
  const status = reportStatus(report);
  const json = {
    status,
    exitCode: pluginExitCode(status),
    summary: summarise(report),
    via: via.kind === 'exporter' ? via : { ...via, lookedMs: Math.round(via.lookedMs) },
    notes,
    ...document,
    nodes: sortByUrgency(document.nodes).map((node) => ({ status: nodeStatus(node), ...node })),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}
