import { z } from 'zod';
import { isBlank, type RosterRow } from '../../core/index.ts';

/** Names reach metrics labels and tables; OpenClaw sets no limit of its own. */
const MAX_TEXT_LENGTH = 256;

/** Blank is as good as absent. */
const text = z.string().transform((value) => {
  const start = value.slice(0, MAX_TEXT_LENGTH);
  return isBlank(start) ? undefined : start;
});
const nodeId = z
  .string()
  .max(MAX_TEXT_LENGTH)
  .refine((value) => !isBlank(value), 'blank');
const time = z.number().nonnegative();

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
  hostStats: z.object({ updatedAtMs: time.nullish() }).nullish(),
});

const replySchema = z.object({ ts: time, nodes: z.array(z.unknown()) });

export type Roster =
  | {
      readonly kind: 'roster';
      readonly gatewayTsMs: number;
      readonly rows: readonly RosterRow[];
      /** Where rows were left out: the place in the reply and what was expected there, no values. */
      readonly dropped: readonly string[];
    }
  | { readonly kind: 'not-understood'; readonly message: string };

/** Reads the reply to `node.list`. A row that does not validate is dropped, the others stay. */
export function interpretRoster(payload: unknown): Roster {
  const reply = replySchema.safeParse(payload);
  if (!reply.success) return { kind: 'not-understood', message: `node.list: ${complaint(reply.error)}` };
  const rows: RosterRow[] = [];
  const dropped: string[] = [];
  for (const [index, node] of reply.data.nodes.entries()) {
    const row = rowSchema.safeParse(node);
    if (row.success) rows.push(rowOf(row.data));
    else dropped.push(`nodes[${index}].${complaint(row.error)}`);
  }
  return { kind: 'roster', gatewayTsMs: reply.data.ts, rows, dropped };
}

function rowOf(row: z.infer<typeof rowSchema>): RosterRow {
  const { nodeId, connected, commands, hostStats, remoteIp, ...rest } = row;
  return {
    nodeId,
    connected,
    ...present(rest),
    ...present({ commandCount: commands?.length, hostStatsUpdatedAtMs: hostStats?.updatedAtMs }),
    // A gateway names no address of one that came over its own loopback interface.
    ...(isElsewhere(remoteIp) && { fromElsewhere: true }),
  };
}

/** The address itself is used for nothing else. */
function isElsewhere(address: string | null | undefined): boolean {
  if (address === null || address === undefined || address === '') return false;
  return !/^(?:127\.|::1$|::ffff:127\.)/.test(address);
}

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** Without the fields that are `null` or `undefined`. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as Present<T>;
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
