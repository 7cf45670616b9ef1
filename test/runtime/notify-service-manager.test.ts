import { expect, it } from 'vitest';
import { notifyServiceManager } from '../../src/runtime/notify-service-manager.ts';

const SOCKET = { NOTIFY_SOCKET: '/run/user/1/notify' };

it('nobody is told where nobody asked to be', () => {
  expect(notifyServiceManager({}, 7)).toBeUndefined();
});

it('the watchdog counts for the process that it is meant for', () => {
  const watchdogMs = (more: Record<string, string>): number | undefined =>
    notifyServiceManager({ ...SOCKET, ...more }, 7)?.watchdogMs;
  expect(watchdogMs({})).toBeUndefined();
  expect(watchdogMs({ WATCHDOG_USEC: '60000000' })).toBe(60_000);
  expect(watchdogMs({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' })).toBe(60_000);
  expect(watchdogMs({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' })).toBeUndefined();
});

it('a manager that does not listen is told of, and nothing is thrown', async () => {
  const notify = notifyServiceManager({ NOTIFY_SOCKET: '/nonexistent/notify', PATH: process.env.PATH }, 7);
  expect(await notify?.tell('READY=1')).toMatch(/./);
});
