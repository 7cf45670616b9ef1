import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { HashChecker } from './hash-checker.ts';
import type { PasswordAnswer, PasswordQuestion } from './password-process.ts';

/** A child that nobody asks for this long is ended: some 40 MiB for what happens once in a scraper's life. */
const IDLE_MS = 10_000;
/** Cost 16, the highest that is allowed, takes some 15 s on a slow machine. */
const DEADLINE_MS = 30_000;

/**
 * Options of Node for the child: it keeps the optimising compilers that the exporter itself does without
 * (docs/decisions/0003-lean-heap.md): bcrypt would take ten times as long. It needs next to no heap. SIGUSR1 must not open
 * a debugger beside passwords.
 */
const NODE_OPTIONS = [
  '--disable-warning=ExperimentalWarning',
  '--max-old-space-size=64',
  '--disable-sigusr1',
];

function entry(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./password-process.${extension}`, import.meta.url));
}

/** Checks in a child process, started when needed. Passwords go to it through a pipe that only the two of us have. */
export function createProcessHashChecker(): HashChecker {
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;

  const end = (): void => {
    clearTimeout(idle);
    child?.kill('SIGKILL');
    child = undefined;
  };
  const start = (): ChildProcess => {
    // No environment: it may hold the token of the gateway, and bcrypt needs none of it.
    const started = fork(entry(), [], {
      execArgv: NODE_OPTIONS,
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    started.unref();
    started.channel?.unref();
    // A later failure is that of the question that is asked then.
    started.on('error', () => undefined);
    return started;
  };

  return {
    async check(password, hash) {
      clearTimeout(idle);
      if (child?.connected !== true) child = start();
      const asked = child;
      // Only while somebody waits for its answer does it keep this process from ending.
      asked.channel?.ref();
      const question: PasswordQuestion = { password, hash };
      const given = new AbortController();
      const signal = AbortSignal.any([given.signal, AbortSignal.timeout(DEADLINE_MS)]);
      try {
        const answer = once(asked, 'message', { signal }) as Promise<[PasswordAnswer]>;
        const gone = once(asked, 'exit', { signal }).then(([code]): never => {
          throw new Error(`the process that checks passwords ended (${String(code)})`);
        });
        asked.send(question);
        const [{ isRight }] = await Promise.race([answer, gone]);
        idle = setTimeout(end, IDLE_MS);
        idle.unref();
        return isRight;
      } catch (error: unknown) {
        end();
        throw error;
      } finally {
        given.abort();
        asked.channel?.unref();
      }
    },
    stop: end,
  };
}
