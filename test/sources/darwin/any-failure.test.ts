import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createDarwinConnectionTable } from '../../../src/sources/darwin/connection-table.ts';
import { loadLibproc } from '../../../src/sources/darwin/koffi-libproc.ts';
import { FD_INFO, PID_INFO } from '../../../src/sources/darwin/libproc.ts';
import { DarwinProcessTable } from '../../../src/sources/darwin/process-table.ts';
import { LookFailure } from '../../../src/sources/look-failure.ts';
import {
  buildFakeLibproc,
  FakeMac,
  listedBytes,
  procArgsBytes,
  putConnections,
  putProcesses,
  taskBytes,
  type MacProcess,
  type Manner,
} from './fake-mac.ts';
import { golden } from './fixtures.ts';

const built = buildFakeLibproc();
const BAD_DESCRIPTOR = 9;
/** macOS has no higher one. */
const LAST_ERRNO = 106;
const MAIN = 0x1001n;

const THIS_FILE = fileURLToPath(import.meta.url);
const HOST: MacProcess = {
  pid: 7,
  startedWallMs: 1_790_320_482_437,
  args: ['/opt/homebrew/bin/node', 'openclaw.mjs', 'node', 'run'],
  title: 'openclaw-node',
  environment: { HOME: '/Users/user', XPC_SERVICE_NAME: 'ai.openclaw.node' },
  // A file that is there, and does not change.
  errors: { path: THIS_FILE, inode: statSync(THIS_FILE).ino },
};

type Put = (mac: FakeMac, bytes: Buffer, manner: Manner) => void;
/** Each call that the adapter makes, with a whole answer to it. */
const CALLS: readonly (readonly [what: string, whole: Buffer, put: Put])[] = [
  [
    'the process',
    taskBytes(HOST),
    (mac, ...it) => {
      mac.pidInfo(7, PID_INFO.taskAll, ...it);
    },
  ],
  [
    'its threads',
    Buffer.alloc(8, 1),
    (mac, ...it) => {
      mac.pidInfo(7, PID_INFO.threads, ...it);
    },
  ],
  [
    'a thread',
    golden('threadinfo_waiting'),
    (mac, bytes, manner) => {
      mac.pidInfo(7, PID_INFO.thread, bytes, { ...manner, arg: MAIN });
    },
  ],
  [
    'its directory',
    golden('vnodepathinfo_cwd_root'),
    (mac, ...it) => {
      mac.pidInfo(7, PID_INFO.directories, ...it);
    },
  ],
  [
    'its descriptors',
    golden('fdlist'),
    (mac, ...it) => {
      mac.pidInfo(7, PID_INFO.descriptors, ...it);
    },
  ],
  [
    'a file',
    golden('vnode_dev_null'),
    (mac, ...it) => {
      mac.fdInfo(7, 2, FD_INFO.file, ...it);
    },
  ],
  [
    'a socket',
    golden('socket_established_v4_unread'),
    (mac, ...it) => {
      mac.fdInfo(7, 20, FD_INFO.socket, ...it);
    },
  ],
  [
    'the list',
    listedBytes(HOST),
    (mac, ...it) => {
      mac.list(...it);
    },
  ],
  [
    'its entry',
    listedBytes(HOST),
    (mac, ...it) => {
      mac.listed(7, ...it);
    },
  ],
  [
    'its arguments',
    procArgsBytes(HOST),
    (mac, ...it) => {
      mac.procArgs(7, ...it);
    },
  ],
];

describe.skipIf(!built.ok)(
  built.ok ? 'a call that fails' : `a call that fails (skipped: ${built.why})`,
  () => {
    const mac = built.ok ? new FakeMac(built.path) : (undefined as never);
    const loaded = loadLibproc(built.ok ? built.path : '');
    afterAll(() => {
      if (built.ok) built.remove();
    });

    /** Everything is well, but for this one answer. */
    function putAll(what?: string, bytes: Buffer = Buffer.alloc(0), manner: Manner = {}): void {
      mac.reset();
      mac.tickRate(24_000_000);
      putProcesses(mac, [HOST]);
      putConnections(mac, 7, [{ fd: 20, port: 18_789 }]);
      mac.pidInfo(7, PID_INFO.directories, golden('vnodepathinfo_cwd_root'));
      CALLS.find(([name]) => name === what)?.[2](mac, bytes, { ...manner, instead: true });
    }

    /** Everything that can be asked of the process: what was answered, or `failed`. */
    async function askAll(): Promise<Readonly<Record<string, unknown>>> {
      if (!loaded.ok) throw new Error(loaded.why);
      const { libproc } = loaded;
      // Nothing is known of it from before.
      const processes = new DarwinProcessTable({ libproc, userId: 501 });
      const connections = createDarwinConnectionTable({ libproc });
      const told: Record<string, unknown> = {};
      const questions: Readonly<Record<string, () => Promise<unknown>>> = {
        pids: () => processes.pids(),
        stat: () => processes.stat(7),
        beats: () => processes.voluntarySwitches(7),
        cpu: () => processes.mainThreadCpuSeconds(7),
        owner: () => processes.owner(7),
        args: () => processes.commandLine(7),
        environment: () => processes.environment(7, ['HOME']),
        service: () => processes.service(7),
        directory: () => processes.workingDirectory(7),
        files: () => processes.outputFiles(7),
        sockets: async () => (await connections.socketsOf([7])).get(7),
      };
      for (const [name, ask] of Object.entries(questions)) {
        told[name] = await Promise.resolve()
          .then(ask)
          .catch((error: unknown) => {
            expect(error).toBeInstanceOf(LookFailure);
            return 'failed';
          });
      }
      return told;
    }

    const isNothing = (value: unknown): boolean =>
      value === undefined ||
      value === 'failed' ||
      (Array.isArray(value) && value.length === 0) ||
      /"kind":"(?:gone|denied|slow)"/.test(JSON.stringify(value));

    /** What is told beside what is told when all is well: less of the process, or nothing. */
    function strayFacts(facts: Readonly<Record<string, unknown>>, told: typeof facts): readonly unknown[] {
      // Without its arguments it has no title; without more than its entry in the list no usage and state.
      const { value } = facts.stat as { value: object };
      const untitled = { kind: 'value', value: { ...value, name: 'node' } };
      const listed = { kind: 'value', value: { ...untitled.value, state: 'other', usage: undefined } };
      const allowed = [untitled, listed].map((it) => JSON.stringify(withoutTime(it)));
      return Object.entries(told).filter(
        ([name, answer]) =>
          !isNothing(answer) &&
          JSON.stringify(withoutTime(answer)) !== JSON.stringify(withoutTime(facts[name])) &&
          !(name === 'stat' && allowed.includes(JSON.stringify(withoutTime(answer)))),
      );
    }

    it.each(CALLS)('on %s, with whatever errno, is no fact', { timeout: 60_000 }, async (what) => {
      putAll();
      const facts = await askAll();
      expect(
        Object.entries(facts)
          .filter(([, it]) => isNothing(it))
          .map(([name]) => name),
      ).toEqual([]);
      for (let errno = 1; errno <= LAST_ERRNO; errno += 1) {
        putAll(what, undefined, { errno });
        const told = await askAll();
        // A socket that was closed in between is not there: that is a fact.
        if (what === 'a socket' && errno === BAD_DESCRIPTOR) continue;
        expect(strayFacts(facts, told), `errno ${errno}`).toEqual([]);
      }
    });

    it.each(CALLS)('on %s, with too few bytes, is no fact', { timeout: 60_000 }, async (what, whole) => {
      putAll();
      const facts = await askAll();
      for (const length of [1, 4, Math.floor(whole.length / 2) - 1, whole.length - 1]) {
        putAll(what, whole.subarray(0, length));
        expect(strayFacts(facts, await askAll()), `${length} of ${whole.length} bytes`).toEqual([]);
      }
    });
  },
);

/** How long it has been running is another at each look. */
function withoutTime(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('value' in value)) return value;
  const { value: inner } = value;
  return typeof inner === 'object' && inner !== null && 'startedMs' in inner
    ? { ...value, value: { ...inner, startedMs: 0 } }
    : value;
}
