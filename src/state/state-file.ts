import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '../runtime/error-parts.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import { machineBoot } from './machine-boot.ts';
import { migrate } from './migrate.ts';
import { onThisClock, withoutFuture } from './past-times.ts';
import { stateSchema, type SavedState } from './state-schema.ts';

const FILE_NAME = 'state.json';
/** How many broken files are kept aside for a look. */
const KEPT_ASIDE = 3;

/** What was found in the state directory. */
export type LoadedState =
  | {
      readonly kind: 'restored';
      readonly state: SavedState;
      /** How far ahead of ours the clock was that saved it; 0 for a sound one. */
      readonly aheadMs: number;
    }
  | { readonly kind: 'none' }
  /** Broken, foreign, or of another version: to be set aside before a new one is written. */
  | { readonly kind: 'unusable'; readonly path: string; readonly why: string }
  | { readonly kind: 'unreadable'; readonly path: string; readonly why: string };

/** Reads the state of an earlier run, none of whose times is in the future then. Writes nothing, so that a one-shot look may use it as well. */
export async function loadState(directory: string, nowWallMs: number): Promise<LoadedState> {
  const path = join(directory, FILE_NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error: unknown) {
    if (codeOf(error) === 'ENOENT') return { kind: 'none' };
    return { kind: 'unreadable', path, why: messageOf(error) };
  }
  const parsed = parse(text);
  return parsed.ok
    ? { kind: 'restored', ...withoutFuture(onThisClock(parsed.state, nowWallMs, machineBoot()), nowWallMs) }
    : { kind: 'unusable', path, why: parsed.why };
}

/** Keeps an unusable file for a look, instead of overwriting it. */
export async function setStateAside(
  path: string,
): Promise<{ readonly ok: true; readonly movedTo: string } | { readonly ok: false; readonly why: string }> {
  const movedTo = `${path}.broken-1`;
  try {
    for (let n = KEPT_ASIDE; n > 1; n -= 1) {
      await rename(`${path}.broken-${n - 1}`, `${path}.broken-${n}`).catch(() => undefined);
    }
    await rename(path, movedTo);
    return { ok: true, movedTo };
  } catch (error: unknown) {
    return { ok: false, why: messageOf(error) };
  }
}

/**
 * Replaces the file in one step: a reader, or a crash, sees the old one or the new one and nothing between. What a crash
 * leaves has one name, so that the next write replaces it.
 */
export async function saveState(directory: string, state: SavedState): Promise<void> {
  await makeDirectory(directory);
  const path = join(directory, FILE_NAME);
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      for (const slice of slicesOf(state)) {
        await file.appendFile(slice);
        // A fleet's state takes longer to write down than anybody who asks meanwhile should wait.
        await nextTurn();
      }
      // Without it a power cut may leave an empty file under the final name.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error: unknown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Remote node hosts that are written down in one go. */
const SLICE_NODES = 50;

/** The state's JSON in pieces. */
function* slicesOf({ remotes, ...rest }: SavedState): Generator<string, void, undefined> {
  yield `${JSON.stringify(rest).slice(0, -1)},"remotes":{`;
  const entries = Object.entries(remotes);
  for (let from = 0; from < entries.length; from += SLICE_NODES) {
    const slice = JSON.stringify(Object.fromEntries(entries.slice(from, from + SLICE_NODES))).slice(1, -1);
    yield from === 0 ? slice : `,${slice}`;
  }
  yield '}}';
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function parse(
  text: string,
): { readonly ok: true; readonly state: SavedState } | { readonly ok: false; readonly why: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error: unknown) {
    return { ok: false, why: `not JSON: ${messageOf(error)}` };
  }
  const result = stateSchema.safeParse(migrate(json));
  if (result.success) return { ok: true, state: result.data };
  const issue = result.error.issues[0];
  return {
    ok: false,
    why: issue === undefined ? 'not ours' : `${issue.path.join('.') || 'the file'}: ${issue.message}`,
  };
}
