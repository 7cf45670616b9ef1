import type { RunningExporter } from '../app/port.ts';
import type { Config } from '../config/config.ts';
import { elapsedMs, type NodeKind, type Snapshot } from '../core/index.ts';
import { nodesDocument } from '../document/nodes-document.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { askExporter } from './ask-exporter.ts';
import { renderCheckJson } from './check-json.ts';
import { reportDocument, reportStatus, type CheckReport } from './check-report.ts';
import type { CliDependencies } from './dependencies.ts';
import { pluginExitCode } from './exit-code.ts';
import { isDoubtful } from './is-doubtful.ts';
import { renderCheck } from './render-check.ts';
import { waysTo } from './request-exporter.ts';
import type { After } from '../runtime/after.ts';

export interface CheckOptions {
  /** Look ourselves, even where an exporter runs that could be asked. */
  readonly standalone: boolean;
  readonly json: boolean;
  /** Of nodes of this kind alone; absent: of all. */
  readonly kind: NodeKind | undefined;
  /** How long our own look may take. */
  readonly timeoutMs: number;
  /** Whether a terminal may be coloured. */
  readonly colour: boolean;
}

/** What was found, or why nothing could be. */
type Outcome =
  { readonly ok: true; readonly report: CheckReport } | { readonly ok: false; readonly message: string };

/** Looks once and prints. Returns the exit code of a monitoring plugin. */
export async function check(
  config: Config,
  options: CheckOptions,
  dependencies: CliDependencies,
): Promise<number> {
  const { stdout } = dependencies;
  const outcome = await findOut(config, options, dependencies);
  if (!outcome.ok) {
    stdout.write(`UNKNOWN - ${outcome.message}\n`);
    return pluginExitCode('unknown');
  }
  const report = ofKind(outcome.report, options.kind);
  stdout.write(
    options.json
      ? renderCheckJson(report)
      : renderCheck(report, { columns: stdout.columns, colour: options.colour && stdout.isTty }),
  );
  return pluginExitCode(reportStatus(report));
}

function ofKind(report: CheckReport, kind: NodeKind | undefined): CheckReport {
  if (kind === undefined) return report;
  const { document } = report;
  return { ...report, document: { ...document, nodes: document.nodes.filter((node) => node.kind === kind) } };
}

async function findOut(
  config: Config,
  options: CheckOptions,
  dependencies: CliDependencies,
): Promise<Outcome> {
  const notes: string[] = [];
  if (!options.standalone && asksForSomethingElse(config)) {
    notes.push('looked without asking a running exporter, since flags say what to watch');
  } else if (!options.standalone) {
    const answer = await askExporter(await waysTo(config), dependencies);
    if (answer.kind === 'report') return { ok: true, report: answer.report };
    if (answer.kind === 'stranger') notes.push(`no exporter answered at ${answer.at}: ${answer.why}`);
  }
  return lookOurselves(config, options, { dependencies, notes });
}

/** A running exporter watches what it was told to; flags of ours that say otherwise must not be ignored. */
function asksForSomethingElse({ origins }: Config): boolean {
  return Object.entries(origins).some(
    ([key, { kind }]) => kind === 'flag' && /^(gateway|nodes|probe|thresholds)\b/.test(key),
  );
}

async function lookOurselves(
  config: Config,
  { timeoutMs }: CheckOptions,
  { dependencies, notes }: { readonly dependencies: CliDependencies; readonly notes: readonly string[] },
): Promise<Outcome> {
  // One answer is wanted, not a log; whoever asks for a level gets it.
  const level = config.origins['log.level'] === undefined ? 'error' : config.log.level;
  const telemetry = createTelemetry({ ...config.log, level, write: dependencies.stderr.write });
  const started = await dependencies.startExporter(config, { listen: false, readOnlyState: true, telemetry });
  if (!started.ok) return { ok: false, message: started.problem.message };
  try {
    const { exporter } = started;
    const { snapshot, lookedMs } = await lookUntilClear(exporter, { timeoutMs, after: dependencies.after });
    const report = reportDocument(nodesDocument(snapshot), { kind: 'own-look', lookedMs });
    const others = describeOthers(exporter.otherNodeHosts());
    return { ok: true, report: { ...report, notes: [...report.notes, ...others, ...notes] } };
  } finally {
    await started.exporter.stop();
  }
}

/** How often a doubtful picture is looked at again. */
const LOOK_AGAIN_MS = 500;
/** The first look finds the process, the next its sockets, the one after knows which row of the gateway is its own. */
const LOOK_AT_LEAST_MS = 3_000;

async function lookUntilClear(
  exporter: RunningExporter,
  { timeoutMs, after }: { readonly timeoutMs: number; readonly after: After },
): Promise<{ readonly snapshot: Snapshot; readonly lookedMs: number }> {
  const { at: begun } = exporter.snapshot();
  let snapshot = await exporter.settled(timeoutMs);
  const lookedMs = (): number => elapsedMs(begun, snapshot.at);
  while (lookedMs() < timeoutMs && (lookedMs() < LOOK_AT_LEAST_MS || isDoubtful(snapshot))) {
    await new Promise<void>((resolve) => after(LOOK_AGAIN_MS, resolve));
    snapshot = exporter.snapshot();
  }
  return { snapshot, lookedMs: lookedMs() };
}

/** A machine with many is told of a few: the note is a hint, not an inventory. */
const OTHERS_SHOWN = 3;

function describeOthers(others: ReturnType<RunningExporter['otherNodeHosts']>): readonly string[] {
  const shown = others
    .slice(0, OTHERS_SHOWN)
    .map(({ pid, stateDir }) =>
      stateDir === undefined
        ? `another node host runs here (pid ${pid}), of a user whose processes we may not see`
        : `another node host runs here (pid ${pid}); watch it too with --node.state-dir ${stateDir}`,
    );
  const more = others.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}
