import type { Trouble } from './trouble.ts';

export const MACHINE_TROUBLES: readonly Trouble[] = [
  {
    name: 'machine sleeps',
    weight: 6,
    begin({ layout, random, elsewhere, tell, disturbed }) {
      const { desk } = layout;
      if (desk.isAsleep) return false;
      const ms = random.logBetween(3_000, 1_800_000);
      tell(`the machine sleeps for ${Math.round(ms / 1_000)} s`);
      desk.suspend();
      disturbed();
      elsewhere(ms, () => {
        tell('the machine wakes up');
        disturbed();
        desk.resume();
      });
      return true;
    },
  },
  {
    name: 'clock is set',
    weight: 3,
    begin({ layout, random, tell, disturbed }) {
      const ms = random.logBetween(200, 7_200_000) * (random.chance(0.5) ? 1 : -1);
      tell(`the clock of the machine is set by ${Math.round(ms / 100) / 10} s`);
      layout.desk.stepClock(ms);
      disturbed();
      return true;
    },
  },
  {
    name: 'machine is overloaded',
    weight: 3,
    begin({ layout, exporter, random, after, tell, disturbed }) {
      if (exporter.lateMs > 0) return false;
      const ms = random.between(20_000, 180_000);
      tell(`the machine is overloaded for ${Math.round(ms / 1_000)} s`);
      exporter.lateMs = random.between(500, 3_000);
      const slowness = random.between(2, 4);
      for (const host of layout.locals) host.slowness = slowness;
      for (const { gateway } of layout.sites) gateway.busyMs = random.between(0, 1_500);
      disturbed();
      after(ms, () => {
        exporter.lateMs = 0;
        for (const host of layout.locals) host.slowness = 1;
        for (const { gateway } of layout.sites) gateway.busyMs = 0;
        disturbed();
      });
      return true;
    },
  },
];
