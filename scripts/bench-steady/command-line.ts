import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { median } from '../../test/helpers/quantile.ts';
import type { Gateway } from '../../test/real/harness/gateway.ts';
import type { OpenClawVersion } from '../../test/real/harness/installation.ts';
import {
  nodeBinary,
  openClawArguments,
  openClawEnvironment,
} from '../../test/real/harness/openclaw-environment.ts';
import { residentMib } from '../../test/real/harness/proc.ts';
import { sleep } from '../../test/real/harness/wait-until.ts';
import { cpuSeconds } from './cpu-seconds.ts';

/** What one command takes; in memory, its processes at most together. */
export interface CommandCost {
  readonly cpuSeconds: number;
  readonly mib: number;
  readonly seconds: number;
}

const RUNS = 3;

/** What one `openclaw nodes list --json` takes: the users' own cure ran that every five minutes. */
export async function timeCommandLine(version: OpenClawVersion, gateway: Gateway): Promise<CommandCost> {
  const costs: CommandCost[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startedAt = performance.now();
    const cli = spawn(nodeBinary, openClawArguments(version, ['nodes', 'list', '--json']), {
      env: openClawEnvironment(gateway.home, gateway.stateDir),
      stdio: 'ignore',
    });
    const used = await followTree(cli.pid ?? 0, once(cli, 'exit'));
    costs.push({ ...used, seconds: (performance.now() - startedAt) / 1_000 });
  }
  return {
    cpuSeconds: median(costs.map((cost) => cost.cpuSeconds)),
    mib: median(costs.map(({ mib }) => mib)),
    seconds: median(costs.map(({ seconds }) => seconds)),
  };
}

/** CPU and peak memory of a process tree, sampled until it ends: the CLI starts a process of its own. */
async function followTree(
  root: number,
  ended: Promise<unknown>,
): Promise<Pick<CommandCost, 'cpuSeconds' | 'mib'>> {
  const cpu = new Map<number, number>();
  let mib = 0;
  const state = { isRunning: true };
  const done = ended.then(() => {
    state.isRunning = false;
  });
  while (state.isRunning) {
    let total = 0;
    for (const pid of treeOf(root)) {
      try {
        cpu.set(pid, cpuSeconds(pid));
        const resident = residentMib(pid);
        // One that has ended and was not waited for has none.
        if (!Number.isNaN(resident)) total += resident;
      } catch {
        // Ended between two lines.
      }
    }
    mib = Math.max(mib, total);
    await Promise.race([done, sleep(20)]);
  }
  return { cpuSeconds: [...cpu.values()].reduce((sum, seconds) => sum + seconds, 0), mib };
}

function treeOf(root: number): number[] {
  try {
    const children = readFileSync(`/proc/${root}/task/${root}/children`, 'utf8').trim();
    return [root, ...(children === '' ? [] : children.split(' ').flatMap((pid) => treeOf(Number(pid))))];
  } catch {
    return [];
  }
}
