import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expectThat, looking, type Claims } from './claims.ts';
import type { Machine } from './machine.ts';

export const PUPPET = fileURLToPath(new URL('puppet.ts', import.meta.url));

interface Look {
  readonly state: string;
  readonly beats: number;
  readonly mainCpuSeconds: number | undefined;
}

/** A puppet with its peer: what the adapters see of it, idle, stopped, spinning and blocked. */
export async function processClaims(claims: Claims, machine: Machine): Promise<void> {
  const peer = createServer();
  await once(peer.listen(0, '127.0.0.1'), 'listening');
  const log = join(machine.directory, 'node.err.log');
  try {
    await aPuppet(machine, { peer, log }, (puppet) => describeClaims(claims, machine, { puppet, log, peer }));
    await aPuppet(machine, { peer, log }, (puppet) => pulseClaims(claims, machine, puppet));
    for (const order of ['spin', 'block'] as const) {
      await aPuppet(machine, { peer, log }, (puppet, socket) =>
        hangClaims(claims, machine, { puppet, socket, order }),
      );
    }
  } finally {
    peer.close();
  }
}

async function aPuppet(
  { directory }: Machine,
  { peer, log }: { peer: Server; log: string },
  use: (puppet: ChildProcess, socket: Socket) => Promise<void>,
): Promise<void> {
  const address = peer.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const connected = once(peer, 'connection');
  const errors = openSync(log, 'a');
  const puppet = fork(PUPPET, ['node', 'run'], {
    cwd: directory,
    stdio: ['ignore', errors, errors, 'ipc'],
    env: { HOME: directory, PUPPET_PORT: String(port), XPC_SERVICE_NAME: 'ai.openclaw.puppet' },
    execArgv: [],
  });
  closeSync(errors);
  const [socket] = (await connected) as [Socket];
  // A title needs a moment until it is written.
  await wait(500);
  try {
    await use(puppet, socket);
  } finally {
    puppet.kill('SIGKILL');
    socket.destroy();
  }
}

async function describeClaims(
  claims: Claims,
  { platform, directory }: Machine,
  { puppet, log, peer }: { puppet: ChildProcess; log: string; peer: Server },
): Promise<void> {
  const pid = puppet.pid ?? 0;
  const { processes } = platform;
  await claims.claim('a titled process has its title for a name', async () => {
    const stat = await processes.stat(pid);
    expectThat(stat.kind === 'value' && stat.value.name === 'openclaw-node', JSON.stringify(stat));
    return undefined;
  });
  await claims.claim('its arguments, environment, directory and owner are its own', async () => {
    const args = await processes.commandLine(pid);
    expectThat(args.kind === 'value' && args.value[0] === 'openclaw-node', JSON.stringify(args));
    const environment = await processes.environment(pid, ['HOME']);
    expectThat(environment.kind === 'value' && environment.value.get('HOME') === directory, 'another HOME');
    const cwd = await processes.workingDirectory?.(pid);
    expectThat(cwd === directory, `directory ${cwd ?? 'not known'}`);
    expectThat((await processes.owner(pid)) === process.getuid?.(), 'another owner');
    return undefined;
  });
  await claims.claim('its log is where its descriptors go', async () => {
    const files = await processes.outputFiles(pid);
    expectThat(files.join() === log, files.join());
    return undefined;
  });
  await claims.claim('its connection is seen', async () => {
    const answer = (await platform.connections.socketsOf([pid])).get(pid);
    const address = peer.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const isThere =
      answer?.kind === 'sockets' &&
      answer.sockets.some((it) => it.remotePort === port && it.state === 'established');
    expectThat(isThere, JSON.stringify(answer));
    return undefined;
  });
}

async function pulseClaims(claims: Claims, machine: Machine, puppet: ChildProcess): Promise<void> {
  await claims.claim(`an idle event loop has a pulse for ${machine.idleMs / 1_000} s`, async () => {
    const looks = await watch(machine, puppet, machine.idleMs);
    const gaps = gapsOf(looks);
    expectThat((looks.at(-1)?.beats ?? 0) > (looks[0]?.beats ?? 0), 'no beat');
    expectThat(
      looks.every((it) => it.mainCpuSeconds !== undefined),
      'its main thread is not known by its name',
    );
    return `longest gap ${Math.max(...gaps)} looks`;
  });
  await claims.claim('SIGSTOP is seen within 7 s, and SIGCONT', async () => {
    puppet.kill('SIGSTOP');
    await until(machine, puppet, (look) => look.state === 'stopped');
    puppet.kill('SIGCONT');
    await until(machine, puppet, (look) => look.state !== 'stopped');
    return undefined;
  });
}

async function hangClaims(
  claims: Claims,
  machine: Machine,
  { puppet, socket, order }: { puppet: ChildProcess; socket: Socket; order: 'spin' | 'block' },
): Promise<void> {
  const obeyed = once(puppet, 'message');
  puppet.send(order);
  await obeyed;
  await wait(200);
  await claims.claim(
    order === 'spin'
      ? 'a busy loop does not beat, and computes'
      : 'Atomics.wait does not beat, and does not compute',
    async () => {
      // The first look sees that it just went to sleep, or is about to.
      const [, ...looks] = await watch(machine, puppet, machine.hangMs);
      const [first, last] = [looks[0], looks.at(-1)];
      expectThat(first?.beats === last?.beats, `${(last?.beats ?? 0) - (first?.beats ?? 0)} beats`);
      const used = (last?.mainCpuSeconds ?? NaN) - (first?.mainCpuSeconds ?? NaN);
      const share = used / ((looks.length - 1) * 0.5);
      // How much a busy loop gets is a matter of who else computes.
      expectThat(order === 'spin' ? used > 0.1 : share < 0.05, `${used} s of CPU`);
      return `${used.toFixed(2)} s of CPU in ${looks.length} looks`;
    },
  );
  if (order === 'spin') return;
  const look = async (): Promise<string> => {
    const answer = (await machine.platform.connections.socketsOf([puppet.pid ?? 0])).get(puppet.pid ?? 0);
    return answer?.kind === 'sockets'
      ? answer.sockets.map((it) => `${it.state} ${it.unreadBytes}`).join()
      : (answer?.kind ?? 'none');
  };
  await claims.claim('what its peer sends meanwhile lies unread', async () => {
    socket.write('0123456789');
    return eventually(look, (words) => words.includes('established 10'));
  });
  await claims.claim('a peer that hangs up leaves it in close-wait', async () => {
    socket.end();
    return eventually(look, (words) => words.includes('close-wait'));
  });
}

async function take({ platform: { processes } }: Machine, { pid = 0 }: ChildProcess): Promise<Look> {
  const stat = await processes.stat(pid);
  const beats = await processes.voluntarySwitches?.(pid);
  const mainCpuSeconds = await processes.mainThreadCpuSeconds?.(pid);
  if (stat.kind !== 'value') throw new Error(`the puppet is ${stat.kind}`);
  return { state: stat.value.state, beats: beats ?? NaN, mainCpuSeconds };
}

async function watch(machine: Machine, puppet: ChildProcess, ms: number): Promise<readonly Look[]> {
  const looks: Look[] = [];
  await looking({ forMs: ms, everyMs: 500 }, async () => {
    looks.push(await take(machine, puppet));
    return undefined;
  });
  return looks;
}

function gapsOf(looks: readonly Look[]): readonly number[] {
  const beats = looks.flatMap((look, at) => (at > 0 && look.beats !== looks[at - 1]?.beats ? [at] : []));
  return beats.map((at, index) => at - (beats[index - 1] ?? 0));
}

async function until(machine: Machine, puppet: ChildProcess, isSo: (look: Look) => boolean): Promise<void> {
  const found = await looking({ forMs: 7_000, everyMs: 200 }, async () =>
    isSo(await take(machine, puppet)) ? true : undefined,
  );
  expectThat(found === true, 'not within 7 s');
}

/** Within 10 s: without koffi a look comes every 5 s. */
async function eventually(look: () => Promise<string>, isSo: (words: string) => boolean): Promise<string> {
  let words = '';
  const found = await looking({ forMs: 10_000, everyMs: 200 }, async () => {
    words = await look();
    return isSo(words) ? words : undefined;
  });
  if (found === undefined) throw new Error(`within 10 s only: ${words}`);
  return found;
}
