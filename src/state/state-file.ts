import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '../runtime/error-parts.ts';
import { replaceFile, setAside } from '../runtime/kept-file.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import { machineBoot } from './machine-boot.ts';
import { migrate } from './migrate.ts';
import { onThisClock, withoutFuture } from './past-times.ts';
import { stateSchema, type SavedState, type WrittenState } from './state-schema.ts';

const FILE_NAME = 'state.json';

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
  try {
    return { ok: true, movedTo: await setAside(path) };
  } catch (error: unknown) {
    return { ok: false, why: messageOf(error) };
  }
}

/** Replaces the file in one step; a fleet's state a slice at a time. */
export async function saveState(directory: string, state: WrittenState): Promise<void> {
  await makeDirectory(directory);
  await replaceFile(join(directory, FILE_NAME), slicesOf(state));
}

/** Remote node hosts that are written down in one go. */
const SLICE_NODES = 50;

/** The state's JSON in pieces. */
function* slicesOf({ remotes, ...rest }: WrittenState): Generator<string, void, undefined> {
  yield `${JSON.stringify(rest).slice(0, -1)},"remotes":{`;
  const entries = Object.entries(remotes);
  for (let from = 0; from < entries.length; from += SLICE_NODES) {
    const slice = JSON.stringify(Object.fromEntries(entries.slice(from, from + SLICE_NODES))).slice(1, -1);
    yield from === 0 ? slice : `,${slice}`;
  }
  yield '}}';
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
