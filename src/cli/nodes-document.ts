import { z } from 'zod';
import {
  AUTH_REASONS,
  type Evidence,
  KERNEL_STATES,
  NODE_STATES,
  SUPERVISOR_STANDINGS,
  type SupervisorStanding,
} from '../core/index.ts';
import { describeBlindSources } from './blind-sources.ts';
import type { CheckReport, CheckedNode } from './check-report.ts';

/*
 * What `check` needs of the answer of /api/v1/nodes (src/http/node-json.ts). More may be in it, and evidence that we
 * do not understand is left out: an exporter of another version is still worth asking.
 */

/** The API writes `null` for what is not known, the core leaves it out. */
const seconds = z
  .number()
  .nullish()
  .transform((value) => (value === null || value === undefined ? undefined : Math.round(value * 1_000)));

const wallTime = z.iso
  .datetime()
  .nullish()
  .transform((value) => (value === null || value === undefined ? undefined : Date.parse(value)));

const processSchema = z.union([
  z.object({ running: z.literal(false) }),
  z.object({
    running: z.literal(true),
    pid: z.number(),
    kernelState: z.enum(KERNEL_STATES),
    startedAt: z.iso.datetime(),
    cpuSeconds: z.number(),
    residentBytes: z.number(),
    pulseAgeSeconds: seconds,
  }),
]);

const socketSchema = z.object({
  endpoint: z.object({ host: z.string(), port: z.number() }).nullable(),
  state: z.enum(['none', 'opening', 'established', 'close-wait', 'closing']),
  ageSeconds: seconds,
  unreadBytes: z.number(),
});

const logSchema = z.object({
  readable: z.boolean(),
  lastWrite: wallTime,
  lastEvent: z.string().nullish(),
  failedAttempts: z.number().nullish(),
  parked: z.enum(AUTH_REASONS).nullish(),
});

const gatewayViewSchema = z.object({
  connected: z.boolean(),
  approved: z.boolean().nullish(),
  hostStatsAgeSeconds: seconds,
  rowAgeSeconds: z.number(),
});

const probeSchema = z.object({ ok: z.boolean(), durationSeconds: z.number(), timeoutsInARow: z.number() });

const supervisorSchema = z.object({
  unit: z.string(),
  userUnit: z.boolean(),
  standing: z.enum(SUPERVISOR_STANDINGS),
  gaveUpBecause: z.enum(['restart-limit', 'exit-status']).nullish(),
  lastExit: z.string().nullish(),
  restarts: z.number().nullish(),
  ageSeconds: z.number(),
});

const evidenceSchema = z
  .object({
    process: processSchema.nullish().catch(null),
    socket: socketSchema.nullish().catch(null),
    log: logSchema.nullish().catch(null),
    gateway: gatewayViewSchema.nullish().catch(null),
    probe: probeSchema.nullish().catch(null),
    supervisor: supervisorSchema.nullish().catch(null),
  })
  .catch({});

const nodeSchema = z.object({
  name: z.string(),
  state: z.enum(NODE_STATES),
  since: z.object({ agoSeconds: z.number() }),
  why: z.string().catch(''),
  advice: z.string().catch(''),
  live: z.boolean(),
  ready: z.boolean(),
  version: z.string().nullish().catch(null),
  evidence: evidenceSchema,
});

const documentSchema = z.object({
  at: z.iso.datetime(),
  doubt: z.string().nullish().catch(null),
  gateway: z
    .object({ name: z.string(), health: z.string(), why: z.string(), version: z.string().nullish() })
    .nullish()
    .catch(null),
  nodes: z.array(nodeSchema),
  sources: z
    .array(
      z.object({
        source: z.string(),
        enabled: z.boolean(),
        up: z.boolean(),
        lastError: z.object({ kind: z.string(), message: z.string() }).nullish(),
      }),
    )
    .catch([]),
});

/** The report in an exporter's answer; `undefined` when it is not such an answer. */
export function readNodesDocument(document: unknown, url: string): CheckReport | undefined {
  const read = documentSchema.safeParse(document);
  if (!read.success) return undefined;
  const { at, gateway, nodes, sources, doubt } = read.data;
  const atWallMs = Date.parse(at);
  return {
    via: { kind: 'exporter', url },
    ...(gateway !== null &&
      gateway !== undefined && {
        gateway: {
          name: gateway.name,
          health: gateway.health,
          why: gateway.why,
          ...present('version', gateway.version),
        },
      }),
    nodes: nodes.map((node) => readNode(node, atWallMs)),
    notes: [...describeBlindSources(sources), ...(doubt === null || doubt === undefined ? [] : [doubt])],
  };
}

function readNode(
  { since, version, evidence, ...node }: z.output<typeof nodeSchema>,
  atWallMs: number,
): CheckedNode {
  return {
    ...node,
    inStateMs: since.agoSeconds * 1_000,
    ...present('version', version),
    evidence: readEvidence(evidence),
    atWallMs,
  };
}

function readEvidence({
  process,
  socket,
  log,
  gateway,
  probe,
  supervisor,
}: z.output<typeof evidenceSchema>): Evidence {
  return {
    ...(isKnown(process) && { process: readProcess(process) }),
    ...(isKnown(socket) && {
      socket: {
        endpoint: socket.endpoint,
        state: socket.state,
        unreadBytes: socket.unreadBytes,
        ...present('ageMs', socket.ageSeconds),
      },
    }),
    ...(isKnown(log) && {
      log: {
        readable: log.readable,
        ...present('lastWriteWallMs', log.lastWrite),
        ...present('lastEvent', log.lastEvent),
        ...present('failedAttempts', log.failedAttempts),
        ...present('parked', log.parked),
      },
    }),
    ...(isKnown(gateway) && {
      gateway: {
        connected: gateway.connected,
        rowAgeMs: gateway.rowAgeSeconds * 1_000,
        ...present('approved', gateway.approved),
        ...present('hostStatsAgeMs', gateway.hostStatsAgeSeconds),
      },
    }),
    ...(isKnown(probe) && {
      probe: {
        ok: probe.ok,
        durationMs: probe.durationSeconds * 1_000,
        timeoutsInARow: probe.timeoutsInARow,
      },
    }),
    ...(isKnown(supervisor) && {
      supervisor: {
        unit: { unit: supervisor.unit, user: supervisor.userUnit },
        standing: readStanding(supervisor),
        ageMs: supervisor.ageSeconds * 1_000,
        ...present('restarts', supervisor.restarts),
      },
    }),
  };
}

function readProcess(process: z.output<typeof processSchema>): NonNullable<Evidence['process']> | null {
  if (!process.running) return null;
  return {
    pid: process.pid,
    kernelState: process.kernelState,
    startedAtWallMs: Date.parse(process.startedAt),
    cpuSeconds: process.cpuSeconds,
    residentBytes: process.residentBytes,
    ...present('pulseAgeMs', process.pulseAgeSeconds),
  };
}

function readStanding({
  standing: kind,
  gaveUpBecause,
  lastExit,
}: z.output<typeof supervisorSchema>): SupervisorStanding {
  switch (kind) {
    case 'running':
    case 'restarting':
    case 'stopped':
      return { kind };
    case 'failed':
      return { kind, lastExit: lastExit ?? 'not known' };
    case 'gave-up':
      return { kind, because: gaveUpBecause ?? 'restart-limit', lastExit: lastExit ?? 'not known' };
    default:
      return kind satisfies never;
  }
}

type Unknown = null | undefined;

function isKnown<T>(value: T | Unknown): value is T {
  return value !== null && value !== undefined;
}

/** `{ [key]: value }`, or nothing where the value is not known. */
function present<K extends string, T>(key: K, value: T | Unknown): Readonly<Partial<Record<K, T>>> {
  return (isKnown(value) ? { [key]: value } : {}) as Readonly<Partial<Record<K, T>>>;
}
