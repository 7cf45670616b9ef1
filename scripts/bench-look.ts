/**
 * What one look at one node host costs: its process, its pulse, its sockets. On Linux by /proc, beside macOS's adapter over the
 * libproc of the tests, which answers at once: that is the part of a Mac's cost that is ours, without its kernel's.
 *
 *   node scripts/bench-look.ts
 */
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createDarwinPlatform } from '../src/sources/darwin/platform.ts';
import { linuxPlatform, type Platform } from '../src/sources/platform.ts';
import {
  buildFakeLibproc,
  FakeMac,
  putConnections,
  putProcesses,
  type MacProcess,
} from '../test/sources/darwin/fake-mac.ts';

const LOOKS = 2_000;

async function microsecondsALook({ processes, connections }: Platform, pid: number): Promise<number> {
  const look = async (): Promise<void> => {
    await processes.stat(pid);
    await processes.voluntarySwitches?.(pid);
    await processes.mainThreadCpuSeconds?.(pid);
    await connections.socketsOf([pid]);
  };
  for (let warmUp = 0; warmUp < 200; warmUp += 1) await look();
  const before = process.cpuUsage();
  for (let at = 0; at < LOOKS; at += 1) await look();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / LOOKS;
}

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
if (process.platform === 'linux') {
  // Two connections with both ends in this process: four sockets, as macOS's has below.
  const { port } = server.address() as AddressInfo;
  const clients = [connect(port), connect(port)];
  await Promise.all(clients.map((client) => once(client, 'connect')));
  const linux = await microsecondsALook(linuxPlatform({}), process.pid);
  console.log(`Linux, /proc, four sockets: ${linux.toFixed(0)} µs of CPU a look`);
  for (const client of clients) client.destroy();
}
server.close();

const built = buildFakeLibproc();
if (!built.ok) throw new Error(built.why);
const mac = new FakeMac(built.path);
const host: MacProcess = {
  pid: 94_364,
  startedWallMs: Date.now() - 3_600_000,
  args: ['node'],
  title: 'openclaw-node',
  environment: { HOME: '/' },
};
mac.tickRate(24_000_000);
putProcesses(mac, [host]);
putConnections(
  mac,
  host.pid,
  [20, 21, 22, 23].map((fd) => ({ fd, port: 18_789 })),
);
const asked = mac.asked();
const darwin = await microsecondsALook(createDarwinPlatform({ library: built.path, userId: 501 }), host.pid);
const calls = (mac.asked() - asked) / (LOOKS + 200);
console.log(
  `macOS’s adapter, four sockets: ${darwin.toFixed(0)} µs of CPU a look, ${calls.toFixed(1)} calls`,
);
built.remove();
