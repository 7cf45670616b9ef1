import { z } from 'zod';
import { NODE_STATES } from '../core/index.ts';
import type { NodesDocument } from '../document/nodes-document.ts';

/*
 * The answer of /api/v1/nodes is of the type that src/document builds: fields are added to it and never taken away. What
 * is checked here is that it is such an answer at all, and what would end us if it were missing; not every field again.
 */

const section = z.looseObject({});

/** A viewpoint that is told in a way that we do not know says nothing to us: the others are still worth reading. */
function viewpoint<S extends z.ZodType>(schema: S) {
  return schema.nullable().catch(null);
}

const node = z.looseObject({
  name: z.string(),
  state: z.enum(NODE_STATES),
  since: z.looseObject({ agoSeconds: z.number() }),
  why: z.string(),
  advice: z.string(),
  live: z.boolean(),
  ready: z.boolean(),
  proofsOfLife: section,
  // The exporter of an earlier version does not tell these: it knew no apps.
  kind: z.enum(['node-host', 'app']).catch('node-host'),
  lastSeen: z.unknown().transform((time) => time ?? null),
  namesakes: z.number().catch(0),
  evidence: z.looseObject({
    process: viewpoint(z.looseObject({ running: z.boolean() })),
    socket: viewpoint(z.looseObject({ endpoint: section.nullable() })),
    log: viewpoint(section),
    gateway: viewpoint(section),
    probe: viewpoint(section),
    gatewayLog: viewpoint(section),
    supervisor: viewpoint(z.looseObject({ service: section })),
  }),
});

const schema = z.looseObject({
  at: z.string().refine((at) => !Number.isNaN(Date.parse(at))),
  nodes: z.array(node),
  gateways: z.array(z.looseObject({ name: z.string(), health: z.string(), why: z.string() })),
  sources: z.array(z.looseObject({ source: z.string() })),
});

/** The document in an exporter's answer; `undefined` when it is not such an answer. */
export function readNodesDocument(answer: unknown): NodesDocument | undefined {
  const parsed = schema.safeParse(answer);
  return parsed.success ? (parsed.data as unknown as NodesDocument) : undefined;
}
