import { expect, it } from 'vitest';
import { LifeReport } from '../../src/cli/report-life.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

/** A service manager, the time between, and what it was told. */
function surroundings(watchdogMs?: number) {
  const told: string[] = [];
  const waits: { readonly ms: number; readonly callback: () => void }[] = [];
  let failure: string | undefined;
  let log = '';
  const report = new LifeReport({
    notify: {
      ...(watchdogMs !== undefined && { watchdogMs }),
      tell: (...assignments) => {
        told.push(...assignments);
        return Promise.resolve(failure);
      },
    },
    telemetry: createTelemetry({ level: 'info', format: 'text', write: (line) => (log += line) }),
    after: (ms, callback) => {
      const wait = { ms, callback };
      waits.push(wait);
      return () => {
        if (waits.includes(wait)) waits.splice(waits.indexOf(wait), 1);
      };
    },
  });
  return {
    told,
    waits,
    report,
    fail: (why: string) => (failure = why),
    log: () => log,
    /** Lets the time pass that is waited for. */
    pass: async () => {
      waits.shift()?.callback();
      await new Promise(setImmediate);
    },
  };
}

const urls = ['http://127.0.0.1:9789'];

it('the manager hears that it is ready, three signs of life a deadline, and that it stops', async () => {
  const { told, waits, report, pass } = surroundings(60_000);
  await report.ready({ urls, isHealthy: () => true });
  expect(told).toEqual(['READY=1', 'STATUS=serving at http://127.0.0.1:9789', 'WATCHDOG=1']);
  expect(waits.map(({ ms }) => ms)).toEqual([20_000]);
  await pass();
  expect(told.slice(3)).toEqual(['WATCHDOG=1']);
  await report.stopping();
  expect(told.slice(4)).toEqual(['STOPPING=1']);
  expect(waits).toEqual([]);
});

it('an exporter whose verdicts stand still gives no sign, and gives one again when they move', async () => {
  const { told, report, pass } = surroundings(60_000);
  let isHealthy = false;
  await report.ready({ urls, isHealthy: () => isHealthy });
  await pass();
  expect(told).not.toContain('WATCHDOG=1');
  isHealthy = true;
  await pass();
  expect(told.at(-1)).toBe('WATCHDOG=1');
});

it('without a watchdog there are no signs', async () => {
  const { told, waits, report } = surroundings();
  await report.ready({ urls, isHealthy: () => true });
  expect([told.length, waits]).toEqual([2, []]);
});

it('a manager that cannot be told is one line, however often', async () => {
  const { report, pass, fail, log } = surroundings(60_000);
  fail('spawn systemd-notify ENOENT');
  await report.ready({ urls, isHealthy: () => true });
  await pass();
  expect(log().match(/service_manager_not_told/g)).toHaveLength(1);
});
