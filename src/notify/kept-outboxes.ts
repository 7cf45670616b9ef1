import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Instant } from '../core/index.ts';
import { parseJson } from '../runtime/json-object.ts';
import { replaceFile } from '../runtime/kept-file.ts';
import type { Channel } from './channel.ts';
import type { HeldPage, Outbox } from './outbox.ts';

const FILE_NAME = 'notified.json';

const TOLD = z.object({
  page: z.object({
    key: z.string(),
    about: z.string(),
    labels: z.record(z.string(), z.string()),
    summary: z.string(),
    description: z.string(),
    holdMs: z.number(),
  }),
  startsAtMs: z.number(),
  toldAtMs: z.number(),
  endedAtMs: z.number().exactOptional(),
});
const FILE = z.object({
  version: z.literal(1),
  channels: z.partialRecord(z.enum(['webhook', 'program']), z.array(TOLD)),
});

/** What each channel was told and has not heard the end of, over restarts of the exporter. */
export interface KeptOutboxes {
  read(now: Instant): Promise<ReadonlyMap<Channel['name'], Outbox>>;
  write(outboxes: ReadonlyMap<Channel['name'], Outbox>): Promise<void>;
}

/**
 * In the state directory. What was not told yet is not kept: it is seen anew. Where the file cannot be read or written,
 * the worst is that something is told twice; that the directory is out of order is told by the state file.
 */
export function keptOutboxes(directory: string): KeptOutboxes {
  const path = join(directory, FILE_NAME);
  return {
    read: async (now) => {
      const text = await readFile(path, 'utf8').catch(() => '');
      return restored(text, now);
    },
    write: async (outboxes) => {
      const channels = Object.fromEntries([...outboxes].map(([name, { pages }]) => [name, told(pages)]));
      await replaceFile(path, [JSON.stringify({ version: 1, channels })]).catch(() => undefined);
    },
  };
}

function told(pages: Outbox['pages']): readonly HeldPage[] {
  return [...pages.values()].filter(({ toldAtMs }) => toldAtMs !== undefined);
}

function restored(text: string, now: Instant): ReadonlyMap<Channel['name'], Outbox> {
  const parsed = FILE.safeParse(parseJson(text));
  if (!parsed.success) return new Map();
  return new Map(
    Object.entries(parsed.data.channels).map(([name, pages]): [Channel['name'], Outbox] => [
      name as Channel['name'],
      { pages: new Map(pages.map((held) => [held.page.key, heldAgain(held, now)])), failures: 0 },
    ]),
  );
}

/** An end that nobody took is still to be told, with the time that it had. */
function heldAgain(held: z.infer<typeof TOLD>, now: Instant): HeldPage {
  return { ...held, since: now, ...(held.endedAtMs !== undefined && { dueAt: now }) };
}
