import { parseArgs } from 'node:util';
import { parseViewpoints } from './exporter/viewpoints.ts';
import { Tally } from './report/tally.ts';
import type { LayoutWishes, Naming, WayKind } from './layout.ts';
import type { SupervisorKind } from './node-host/supervisor.ts';
import { runWorld, type RunOptions, type TroubleRate } from './run.ts';
import type { Version } from './version.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    trouble: { type: 'string', default: 'often' },
    viewpoints: { type: 'string' },
    versions: { type: 'string' },
    hosts: { type: 'string' },
    gateways: { type: 'string' },
    way: { type: 'string' },
    naming: { type: 'string' },
    supervisor: { type: 'string' },
    heartbeat: { type: 'boolean', default: false },
    replay: { type: 'string' },
  },
});

const wishes: LayoutWishes = {
  ...(values.viewpoints !== undefined && { viewpoints: parseViewpoints(values.viewpoints) }),
  ...(values.versions !== undefined && { versions: values.versions.split(',') as Version[] }),
  ...(values.hosts !== undefined && { hosts: Number(values.hosts) }),
  ...(values.gateways !== undefined && { gateways: Number(values.gateways) }),
  ...(values.way !== undefined && { way: values.way as WayKind }),
  ...(values.naming !== undefined && { naming: values.naming as Naming }),
  ...(values.supervisor !== undefined && { supervisor: values.supervisor as SupervisorKind }),
};
const options: RunOptions = {
  trouble: values.trouble as TroubleRate,
  wishes,
  judgesHeartbeat: values.heartbeat,
};
const write = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

if (values.replay !== undefined) {
  for (const line of runWorld(values.replay, options, true).story) write(line);
} else {
  const tally = new Tally();
  const began = performance.now();
  for (let at = 0; tally.nodeHours < Number(values.hours); at += 1)
    tally.add(runWorld(`${values.seed}-${at}`, options));
  const seconds = (performance.now() - began) / 1_000;
  write(tally.table());
  write(
    `${Math.round(tally.nodeHours)} node-hours in ${seconds.toFixed(1)} s: ${(tally.nodeHours / seconds).toFixed(1)} a second`,
  );
  write(tally.verdict());
  process.exitCode = tally.hasFailed ? 1 : 0;
}
