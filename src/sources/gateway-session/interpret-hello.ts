import { z } from 'zod';

/** What we use of a gateway's hello. */
export interface Hello {
  readonly serverVersion: string;
  readonly protocol: number;
  /** Changes each time the gateway boots; since 2026.9. */
  readonly bootId?: string;
  readonly uptimeMs?: number;
}

const schema = z.object({
  protocol: z.int(),
  server: z.object({ version: z.string(), bootId: z.string().optional() }),
  snapshot: z.object({ uptimeMs: z.number().nonnegative().optional() }).optional(),
});

/** `null` when it is no hello that we understand. */
export function interpretHello(payload: unknown): Hello | null {
  const parsed = schema.safeParse(payload);
  if (!parsed.success) return null;
  const { protocol, server, snapshot } = parsed.data;
  return {
    serverVersion: server.version,
    protocol,
    ...(server.bootId === undefined ? {} : { bootId: server.bootId }),
    ...(snapshot?.uptimeMs === undefined ? {} : { uptimeMs: snapshot.uptimeMs }),
  };
}
