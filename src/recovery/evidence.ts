import { open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeSnapshot, Snapshot } from '../core/index.ts';
import { nodeDetailDocument } from '../document/nodes-document.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import { messageOf } from '../runtime/error-parts.ts';
import { redactText } from '../telemetry/redact.ts';

const DIRECTORY = 'recovery-evidence';
/** Of each log; a node host writes a line or two for each attempt. */
const LOG_BYTES = 16 * 1024;
const KERNEL_BYTES = 8 * 1024;
/** Files that are kept: of seven node hosts each with its three restarts an hour. */
const KEPT = 20;

export interface EvidenceOf {
  readonly node: NodeSnapshot;
  readonly snapshot: Snapshot;
  /** The file that it logs to, where there is one. */
  readonly logPath: string | undefined;
  /** What the kernel says of its process. */
  readonly kernel: string | undefined;
  /** Processes that a restart ends, by pid and start. */
  readonly family: readonly string[];
  readonly scrub: (text: string) => string;
}

/**
 * Writes down what a restart is about to destroy: every viewpoint's word, the last lines of the log, the kernel's view.
 * At most 20 files of at most 40 kB or so. Never rejects: that it could not be written is told, and is worth no outage.
 *
 * @returns what went wrong
 */
export async function keepEvidence(
  stateDirectory: string,
  { node, snapshot, logPath, kernel, family, scrub }: EvidenceOf,
): Promise<string | undefined> {
  const directory = join(stateDirectory, DIRECTORY);
  const time = new Date(snapshot.at.wallMs).toISOString().replaceAll(/[:.]/g, '-');
  const path = join(directory, `${time}-${node.evidence.process?.pid ?? 'none'}.json`);
  const clean = (text: string): string => redactText(scrub(text));
  const evidence = {
    at: new Date(snapshot.at.wallMs).toISOString(),
    family,
    kernel: kernel === undefined ? null : clean(kernel.slice(0, KERNEL_BYTES)).split('\n'),
    log: logPath === undefined ? null : clean(await lastOf(logPath)).split('\n'),
    gateways: snapshot.gateways.map(({ name, health, why }) => ({ name, health, why })),
    node: nodeDetailDocument(node, snapshot.at),
  };
  try {
    await makeDirectory(directory);
    await writeFile(path, `${JSON.stringify(evidence, null, 2)}\n`, { mode: 0o600 });
    await forgetOldest(directory);
    return undefined;
  } catch (error: unknown) {
    return messageOf(error);
  }
}

/** The last lines; what cannot be read is told in their place. */
async function lastOf(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const from = Math.max(0, size - LOG_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, LOG_BYTES)), {
        position: from,
      });
      const text = buffer.toString('utf8', 0, bytesRead);
      return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
    } finally {
      await file.close();
    }
  } catch (error: unknown) {
    return `(${messageOf(error)})`;
  }
}

/** They are named by their time. */
async function forgetOldest(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).toSorted();
  const old = names.slice(0, Math.max(0, names.length - KEPT));
  await Promise.all(old.map((name) => rm(join(directory, name), { force: true })));
}
