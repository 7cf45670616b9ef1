import type { Viewpoint } from '../exporter/viewpoints.ts';
import type { Trouble } from './trouble.ts';

export const EXPORTER_TROUBLES: readonly Trouble[] = [
  {
    name: 'exporter is held up',
    weight: 4,
    begin({ exporter, random, after, tell, disturbed }) {
      if (!exporter.isRunning || exporter.isHeldUp) return false;
      const ms = random.logBetween(1_500, 90_000);
      tell(`the exporter does not get to run for ${Math.round(ms / 100) / 10} s`);
      exporter.hold();
      disturbed();
      after(ms, () => {
        tell('the exporter runs again');
        disturbed();
        exporter.goOn();
      });
      return true;
    },
  },
  {
    name: 'exporter is slow',
    weight: 2,
    begin({ exporter, random, after, tell, disturbed }) {
      if (exporter.lateMs > 0) return false;
      exporter.lateMs = random.logBetween(200, 4_000);
      const ms = random.between(20_000, 120_000);
      tell(
        `the looks of the exporter are up to ${Math.round(exporter.lateMs)} ms late for ${Math.round(ms / 1_000)} s`,
      );
      disturbed();
      after(ms, () => {
        exporter.lateMs = 0;
        disturbed();
      });
      return true;
    },
  },
  {
    name: 'exporter is restarted',
    weight: 5,
    begin({ exporter, random, after, tell, disturbed }) {
      if (!exporter.isRunning || exporter.isHeldUp) return false;
      const awayMs = random.logBetween(500, 120_000);
      const isKilled = random.chance(0.3);
      const forgets = random.chance(0.15);
      const run = exporter.core;
      const end = (): void => {
        if (exporter.core !== run || exporter.isHeldUp) return;
        tell(`the exporter ${isKilled ? 'is killed' : 'is stopped'} for ${Math.round(awayMs / 100) / 10} s`);
        if (isKilled) exporter.kill();
        else exporter.stop();
        disturbed();
        after(awayMs, () => {
          tell(forgets ? 'the exporter starts, and its state is lost' : 'the exporter starts');
          exporter.start({ forgets });
          disturbed();
        });
      };
      // What a SIGKILL loses is what came after the last write.
      if (isKilled) {
        exporter.keepStateFile();
        after(random.between(10, 5_000), end);
      } else end();
      return true;
    },
  },
  {
    name: 'configuration is reloaded',
    weight: 2,
    begin({ exporter, tell }) {
      tell('the exporter reads its configuration again');
      exporter.reload();
      return true;
    },
  },
  {
    name: 'a viewpoint blinks',
    weight: 8,
    begin({ exporter, layout, random, after, tell, disturbed }) {
      const there = (
        ['process', 'socket', 'log', 'http', 'credential', 'probe', 'supervisor'] as const
      ).filter((it) => layout.viewpoints.has(it));
      const viewpoint = random.pick<Viewpoint>(there);
      if (exporter.blind.has(viewpoint)) return false;
      const ms = random.logBetween(800, 90_000);
      tell(`${viewpoint} sees nothing for ${Math.round(ms / 100) / 10} s`);
      exporter.blind.add(viewpoint);
      disturbed();
      after(ms, () => {
        tell(`${viewpoint} sees again`);
        exporter.blind.delete(viewpoint);
        disturbed();
      });
      return true;
    },
  },
  {
    name: 'exporter has a wrong token',
    weight: 2,
    begin({ exporter, random, after, tell, disturbed, layout }) {
      const right = exporter.token;
      if (right === undefined || right === 'wrong') return false;
      tell('the exporter gets a wrong token');
      exporter.token = 'wrong';
      for (const { gateway } of layout.sites) gateway.dropOperators(4001, 'gateway auth changed');
      disturbed();
      after(random.logBetween(20_000, 300_000), () => {
        tell('the exporter has the right token again');
        exporter.token = right;
        disturbed();
      });
      return true;
    },
  },
];
