import { spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Claim } from '../claim.ts';
import { hasEnded } from '../../real/harness/last-words.ts';
import { Hopeless, waitUntil } from '../../real/harness/wait-until.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/stack.ts', import.meta.url));

export const personPlaysWithTheStack: Claim = {
  name: 'person-plays-with-the-stack',
  says: 'npm run stack: one key makes a zombie, its page is printed, and Ctrl-C leaves nothing behind',
  run: async ({ cleanup, record }) => {
    const directory = await cleanup.temporaryDirectory('play');
    const child = spawn(process.execPath, [SCRIPT, '--quick'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // What it starts and writes is found by this directory.
      env: { ...process.env, TMPDIR: directory },
    });
    cleanup.defer(() => {
      child.kill('SIGKILL');
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    }
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const waitForText = async (what: RegExp): Promise<string> => {
      const isThere = (): boolean => {
        if (what.test(text)) return true;
        if (hasEnded(child)) throw new Hopeless('it has ended');
        return false;
      };
      await waitUntil(isThere, { timeoutMs: 90_000, what: String(what) }).catch((error: unknown) => {
        throw new Error(`never printed ${String(what)}: ${text}`, { cause: error });
      });
      return what.exec(text)?.[1] ?? '';
    };

    const prometheus = await waitForText(/^Prometheus +(http:\S+)\/alerts$/m);
    const exporter = await waitForText(/^exporter +(http:\S+)\/livez/m);
    const answers = await Promise.all(
      [`${prometheus}/-/ready`, `${exporter}/metrics`].map(async (url) => (await fetch(url)).status),
    );
    record({
      what: 'the addresses that it prints answer',
      passed: answers.every((status) => status === 200),
      seen: answers.join(', '),
    });

    child.stdin.write('z\n');
    const description = await waitForText(/PAGE +OpenClawNodeHostZombie [^\n]*\n +(.*)$/m);
    record({
      what: 'a page is printed with what it says',
      passed: description.includes('mac-studio'),
      seen: description,
    });

    const before = processesIn(directory);
    child.kill('SIGINT');
    const code = await exited;
    const left = processesIn(directory);
    const files = readdirSync(directory).filter((name) => name !== 'liveness-ports');
    record({
      what: 'Ctrl-C ends it, with every process and file of it',
      passed: code === 0 && before.length > 0 && left.length === 0 && files.length === 0,
      seen: `exit code ${code ?? 'none'}, ${left.length} of ${before.length} processes and ${files.length} files left ${files.join(' ')}`,
    });
  },
};

/** Pids of processes that have something in this directory open or work in it. */
function processesIn(directory: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) => linksOf(pid).some((path) => path.startsWith(directory)));
}

function linksOf(pid: number): readonly string[] {
  try {
    const descriptors = readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
    return [`/proc/${pid}/cwd`, ...descriptors].flatMap((link) => {
      try {
        return [readlinkSync(link)];
      } catch {
        return [];
      }
    });
  } catch {
    // Gone meanwhile, or somebody else's.
    return [];
  }
}
