import { statfsSync } from 'node:fs';
import { cpus, freemem, homedir, loadavg, totalmem } from 'node:os';

/** What a node host of 2026.9 reports of its machine every minute. Names are the wire's. */
export interface HostStatsSample {
  readonly cpuCount: number;
  readonly loadAverage?: readonly [number, number, number];
  readonly memoryTotalBytes: number;
  readonly memoryFreeBytes: number;
  readonly diskTotalBytes?: number;
  readonly diskAvailableBytes?: number;
}

/** Looks at this machine. Fields that it cannot tell are absent, as they are in the real sample. */
export function sampleHostStats(): HostStatsSample {
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  return {
    cpuCount: Math.max(1, cpus().length),
    ...(one + five + fifteen === 0 ? {} : { loadAverage: [one, five, fifteen] as const }),
    memoryTotalBytes: totalmem(),
    memoryFreeBytes: freemem(),
    ...sampleDisk(),
  };
}

function sampleDisk(): Pick<HostStatsSample, 'diskTotalBytes' | 'diskAvailableBytes'> {
  try {
    const { bsize, blocks, bavail } = statfsSync(homedir());
    return { diskTotalBytes: bsize * blocks, diskAvailableBytes: bsize * bavail };
  } catch {
    return {};
  }
}
