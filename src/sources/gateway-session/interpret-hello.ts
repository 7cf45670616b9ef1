import { z } from 'zod';
import { present } from '../../core/index.ts';
import { boundedText } from '../foreign-text.ts';
import { knownSecrets, type Scrub } from '../known-secrets.ts';

/** What we use of a gateway's hello. */
export interface Hello {
  /** At most 128 characters of it. */
  readonly serverVersion: string;
  readonly protocol: number;
  /** Changes each time the gateway boots; since 2026.9. Absent where it is no id, see {@link LIMITS}. */
  readonly bootId?: string;
  readonly uptimeMs?: number;
}

/** A version is a label of every scrape, a boot id stands in the state file; OpenClaw has 9 characters and a UUID. */
const LIMITS = { versionChars: 128, bootIdChars: 128 } as const;

const schema = z.object({
  protocol: z.int(),
  server: z.object({ version: z.string(), bootId: z.string().optional() }),
  snapshot: z.object({ uptimeMs: z.number().nonnegative().optional() }).optional(),
});

/** `null` when it is no hello that we understand. */
export function interpretHello(payload: unknown, scrub: Scrub = knownSecrets.scrubName): Hello | null {
  const parsed = schema.safeParse(payload);
  if (!parsed.success) return null;
  const { protocol, server, snapshot } = parsed.data;
  return {
    serverVersion: boundedText(server.version, LIMITS.versionChars, scrub),
    protocol,
    ...present({ bootId: bootIdOf(server.bootId, scrub), uptimeMs: snapshot?.uptimeMs }),
  };
}

/** Whole or not at all: cut, two boots would look like one. Without it the uptime tells of a restart, as in 2026.4. */
function bootIdOf(bootId: string | undefined, scrub: Scrub): string | undefined {
  if (bootId === undefined || bootId.length > LIMITS.bootIdChars) return undefined;
  return scrub(bootId) === bootId ? bootId : undefined;
}
