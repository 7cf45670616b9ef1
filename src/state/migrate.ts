import { FAULTS, present } from '../core/index.ts';
import { isObject, type JsonObject } from '../runtime/json-object.ts';

/** A state file of version 1, which knew one gateway and called every proof of life a heartbeat, as one of version 2. */
export function migrate(file: unknown): unknown {
  if (!isObject(file) || file.version !== 1) return file;
  const { gateway, nodesDropped, nodesDroppedSince, remotes, locals, ...rest } = file;
  const { name, dialledUrl, bootId, bootedAt, ...counters } = objectOf(gateway);
  const gatewayName = typeof name === 'string' ? name : '';
  return {
    ...rest,
    version: 2,
    dialled: typeof dialledUrl === 'string' ? { [Object.keys(objectOf(locals))[0] ?? '']: dialledUrl } : {},
    dropped: present({ count: nodesDropped, since: nodesDroppedSince }),
    gateways: { [gatewayName]: present({ bootId, bootedAt, counters }) },
    locals: mapValues(locals, (local) => migrateLocal(local, gatewayName)),
    remotes: mapValues(remotes, ({ session, verdict, counters: counted }) => ({
      counters: counted,
      entry: migrateSession(objectOf(session), gatewayName),
      verdict: migrateVerdict(objectOf(verdict)),
    })),
  };
}

function migrateLocal(local: JsonObject, gateway: string): JsonObject {
  const { heartbeats, verdict, faultReasons, lastUnit, session, ledger, setbacks, ...rest } = local;
  return present({
    ...rest,
    proofs: heartbeats,
    verdict: migrateVerdict(objectOf(verdict)),
    fault: migrateFault(faultReasons, objectOf(verdict)),
    lastService: lastUnit && { manager: 'systemd', ...objectOf(lastUnit) },
    entry: session && migrateSession(objectOf(session), gateway),
    log: { ledger: migrateLedger(objectOf(ledger)), setbacks: setbacks ?? [] },
  });
}

function migrateFault(reasons: unknown, { state, transitions }: JsonObject): JsonObject | undefined {
  if (reasons === undefined || !(FAULTS as readonly unknown[]).includes(state)) return undefined;
  const last = objectOf(Array.isArray(transitions) ? transitions.at(-1) : undefined);
  const why =
    last.to === state ? last.why : 'it was so when the exporter ended, and nothing has disproved it yet';
  return { state, reasons, why };
}

function migrateLedger({ attached, refusal, parked, ...rest }: JsonObject): JsonObject {
  return present({
    ...rest,
    attached: attached ?? undefined,
    refusal: refusal && migrateTime(objectOf(refusal)),
    parked: parked && migrateTime(objectOf(parked)),
  });
}

function migrateSession({ heartbeats, row, ...rest }: JsonObject, gateway: string): JsonObject {
  return { ...rest, gateway, row, nodeId: objectOf(row).nodeId, proofs: heartbeats };
}

function migrateVerdict({ transitions, budgetSpent, ...rest }: JsonObject): JsonObject {
  const ring = Array.isArray(transitions) ? transitions : [];
  return {
    ...rest,
    transitions: ring.map((transition) => migrateTime(objectOf(transition))),
    budget: { spent: budgetSpent },
  };
}

function migrateTime({ wallMs, ...rest }: JsonObject): JsonObject {
  return { ...rest, at: wallMs };
}

function mapValues(value: unknown, change: (inner: JsonObject) => JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(objectOf(value)).map(([key, inner]) => [key, change(objectOf(inner))]),
  );
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
