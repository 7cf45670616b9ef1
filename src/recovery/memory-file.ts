import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Instant, present, RECOVERY_OUTCOMES } from '../core/index.ts';
import { codeOf, messageOf } from '../runtime/error-parts.ts';
import { replaceFile } from '../runtime/kept-file.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import type { RecoverySettings } from '../config/config.ts';
import { isWorthKeeping, longestCooldownMs, newMemory, type NodeMemory } from './rules/memory.ts';

const FILE_NAME = 'recovery.json';

const wall = z.number().min(0).max(8.64e15);
/** Longer ones (the operator's command is a part of them) are cut, or the next start could not read what this one wrote. */
const MAX_WORDS = 2_000;
const words = z.string().max(MAX_WORDS);
const saved = z.strictObject({
  spent: z.array(wall).max(1_000),
  coolUntil: wall.optional(),
  acting: z
    .strictObject({ startedAt: wall, incarnation: words, family: z.array(words).max(10_000) })
    .optional(),
  last: z
    .strictObject({
      at: wall,
      outcome: z.enum(RECOVERY_OUTCOMES),
      attachedAfterMs: z.number().min(0).optional(),
      words,
    })
    .optional(),
  attempts: z.partialRecord(z.enum(RECOVERY_OUTCOMES), z.number().int().min(0)),
  since: wall,
});
const schema = z.strictObject({ version: z.literal(1), nodes: z.record(z.string(), saved) });
type Saved = z.output<typeof saved>;

/** Memories by the key of their node host. */
export type Memories = ReadonlyMap<string, NodeMemory>;

export type LoadedMemories =
  | { readonly ok: true; readonly memories: Memories }
  /** There is one and it cannot be used: how often anybody was restarted is not known. */
  | { readonly ok: false; readonly why: string };

/** What an earlier run left. */
export async function loadMemories(
  directory: string,
  now: Instant,
  settings: Pick<RecoverySettings, 'cooldownMs'>,
): Promise<LoadedMemories> {
  const path = join(directory, FILE_NAME);
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    if (!parsed.success) return { ok: false, why: `${path} is not what this version writes` };
    const entries = Object.entries(parsed.data.nodes);
    const latestMs = now.wallMs + longestCooldownMs(settings);
    return {
      ok: true,
      memories: new Map(entries.map(([key, node]) => [key, restored(node, now, latestMs)])),
    };
  } catch (error: unknown) {
    if (codeOf(error) === 'ENOENT') return { ok: true, memories: new Map() };
    return { ok: false, why: `${path}: ${messageOf(error)}` };
  }
}

/**
 * Replaces the file in one step and has it on the disk before it resolves: what is begun after that is not forgotten,
 * whoever is killed.
 *
 * @throws what the file system says
 */
export async function saveMemories(directory: string, memories: Memories): Promise<void> {
  await makeDirectory(directory);
  const nodes = [...memories].filter(([, memory]) => isWorthKeeping(memory));
  const text = JSON.stringify({
    version: 1,
    nodes: Object.fromEntries(nodes.map(([key, memory]) => [key, written(memory)])),
  } satisfies z.input<typeof schema>);
  await replaceFile(join(directory, FILE_NAME), [`${text}\n`]);
}

function written({ spent, coolUntil, acting, last, attempts, since }: NodeMemory): Saved {
  return present({
    spent: spent.map(({ wallMs }) => wallMs),
    coolUntil: coolUntil?.wallMs,
    acting: acting && {
      startedAt: acting.startedAt.wallMs,
      incarnation: acting.incarnation,
      family: [...acting.family],
    },
    last: last && { ...last, at: last.at.wallMs, words: last.words.slice(0, MAX_WORDS) },
    attempts,
    since,
  });
}

/** @param latestMs when the longest cool-down that begins now would be over: of a clock that was ahead it is no later */
function restored(
  { spent, coolUntil, acting, last, attempts, since }: Saved,
  now: Instant,
  latestMs: number,
): NodeMemory {
  return present({
    spent: spent.map((wallMs) => past(wallMs, now)),
    coolUntil: coolUntil === undefined ? undefined : at(Math.min(coolUntil, latestMs), now),
    acting: acting && {
      ...acting,
      startedAt: past(acting.startedAt, now),
      watchedSince: now,
      isInterrupted: true,
    },
    last: last && present({ ...last, at: past(last.at, now) }),
    attempts: { ...newMemory(now).attempts, ...attempts },
    since,
  });
}

/** Of a clock that was ahead: it was now at the latest. */
function past(wallMs: number, now: Instant): Instant {
  return at(Math.min(wallMs, now.wallMs), now);
}

function at(wallMs: number, now: Instant): Instant {
  return { monoMs: now.monoMs + (wallMs - now.wallMs), wallMs };
}
