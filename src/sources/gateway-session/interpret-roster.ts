import { z } from 'zod';
import { type HostStats, isBlank, omit, present, type RosterRow } from '../../core/index.ts';
import { boundedText } from '../foreign-text.ts';
import { knownSecrets, type Scrub } from '../known-secrets.ts';

/** What a gateway sends reaches labels, tables and the state file; OpenClaw sets no limit of its own. */
const LIMITS = {
  /** As many node hosts as can be watched at all (`limits.max_nodes`). */
  rows: 100_000,
  /**
   * OpenClaw has 64. An id is what a node host is known and called by, so it is never cut: two would become one, and a probe
   * would call nobody. A row with a longer one is left out, and that is told.
   */
  nodeIdChars: 256,
  /** Names of which only the ends differ are namesakes then, which is known to happen anyway. */
  nameChars: 256,
  versionChars: 128,
  /** Rows that were left out are counted; a few say why. */
  complaints: 3,
} as const;

const nodeId = z
  .string()
  .max(LIMITS.nodeIdChars)
  .refine((value) => !isBlank(value), 'blank');
const text = z.string();
const time = z.number().nonnegative();

const amount = z.number().nonnegative().nullish().catch(undefined);

const hostStats = z.object({
  updatedAtMs: amount,
  cpuCount: amount,
  loadAverage: z.array(z.number().nonnegative()).nullish().catch(undefined),
  memoryTotalBytes: amount,
  memoryFreeBytes: amount,
  diskTotalBytes: amount,
  diskAvailableBytes: amount,
});

/** Only what is named here is kept: rows also hold `pathEnv`, addresses and more that is nobody's business. */
const rowSchema = z.object({
  nodeId,
  connected: z.boolean(),
  displayName: text.nullish(),
  clientId: text.nullish(),
  version: text.nullish(),
  platform: text.nullish(),
  paired: z.boolean().nullish(),
  // A state that a later version adds is not known to us; the rest of the row still is.
  approvalState: z
    .enum(['approved', 'pending-approval', 'pending-reapproval', 'unapproved'])
    .nullish()
    .catch(undefined),
  commands: z.array(z.unknown()).nullish(),
  approvedAtMs: time.nullish(),
  connectedAtMs: time.nullish(),
  lastConnectedAtMs: time.nullish(),
  lastDisconnectedAtMs: time.nullish(),
  lastSeenAtMs: time.nullish(),
  remoteIp: z.string().nullish().catch(undefined),
  hostStats: hostStats.nullish().catch(undefined),
});

const replySchema = z.object({ ts: time, nodes: z.array(z.unknown()) });

export type Roster =
  | {
      readonly kind: 'roster';
      readonly gatewayTsMs: number;
      readonly rows: readonly RosterRow[];
      /** How many rows were left out, and of the first few the place in the reply and what was expected there, no values. */
      readonly dropped: { readonly count: number; readonly complaints: readonly string[] };
    }
  | { readonly kind: 'not-understood'; readonly message: string };

/** Reads the reply to `node.list`. A row that does not validate is dropped, the others stay. */
export function interpretRoster(payload: unknown, scrubName: Scrub = knownSecrets.scrubName): Roster {
  const reply = replySchema.safeParse(payload);
  if (!reply.success) return { kind: 'not-understood', message: `node.list: ${complaint(reply.error)}` };
  const { ts: gatewayTsMs, nodes } = reply.data;
  const rows: RosterRow[] = [];
  const complaints: string[] = [];
  for (const [index, node] of nodes.slice(0, LIMITS.rows).entries()) {
    const row = rowSchema.safeParse(node);
    if (row.success && scrubName(row.data.nodeId) === row.data.nodeId) rows.push(rowOf(row.data, scrubName));
    else if (complaints.length < LIMITS.complaints)
      complaints.push(
        `nodes[${index}].${row.success ? 'nodeId: holds our credential' : complaint(row.error)}`,
      );
  }
  if (nodes.length > LIMITS.rows && complaints.length < LIMITS.complaints)
    complaints.push(`nodes: more than ${LIMITS.rows}`);
  return { kind: 'roster', gatewayTsMs, rows, dropped: { count: nodes.length - rows.length, complaints } };
}

function rowOf(row: z.infer<typeof rowSchema>, scrubName: Scrub): RosterRow {
  const { commands, hostStats, remoteIp, ...rest } = row;
  /** Blank is as good as absent. */
  const bounded = (value: string | null | undefined, maxChars: number): string | undefined => {
    const kept = boundedText(value ?? '', maxChars, scrubName);
    return isBlank(kept) ? undefined : kept;
  };
  return present({
    ...rest,
    displayName: bounded(row.displayName, LIMITS.nameChars),
    clientId: bounded(row.clientId, LIMITS.versionChars),
    version: bounded(row.version, LIMITS.versionChars),
    platform: bounded(row.platform, LIMITS.versionChars),
    commandCount: commands?.length,
    hostStatsUpdatedAtMs: hostStats?.updatedAtMs,
    hostStats: statsOf(hostStats),
    // A gateway names no address of one that came over its own loopback interface.
    fromElsewhere: isElsewhere(remoteIp) ? (true as const) : undefined,
  });
}

/** Load is of the last minute; the two older ones are what a graph shows anyway. */
function statsOf(stats: z.infer<typeof hostStats> | null | undefined): HostStats | undefined {
  if (stats === null || stats === undefined) return undefined;
  const { loadAverage, ...rest } = stats;
  const known: HostStats = present({ ...omit(rest, 'updatedAtMs'), loadAverage: loadAverage?.[0] });
  return Object.keys(known).length === 0 ? undefined : known;
}

/** The address itself is used for nothing else. */
function isElsewhere(address: string | null | undefined): boolean {
  if (address === null || address === undefined || address === '') return false;
  return !/^(?:127\.|::1$|::ffff:127\.)/.test(address);
}

function complaint(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'not valid' : `${issue.path.join('.')}: ${issue.message}`;
}

const hostStatsEvent = z.object({ nodeId });

/** The node that a `node.hostStats` event is about. */
export function hostStatsNodeId(payload: unknown): string | null {
  return hostStatsEvent.safeParse(payload).data?.nodeId ?? null;
}

/** Whether an event says that `node.list` would now answer differently. */
export function changesRoster(eventName: string): boolean {
  return ROSTER_EVENTS.has(eventName) || eventName.startsWith('node.pair.');
}

const ROSTER_EVENTS: ReadonlySet<string> = new Set([
  'node.runnerInventory.changed',
  'presence',
  'node.presence',
  'shutdown',
]);
