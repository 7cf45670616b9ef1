import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchdJob } from '../../src/core/index.ts';
import { LAUNCHCTL } from '../../src/sources/darwin/launchctl.ts';
import { looking, type Claims } from './claims.ts';
import { printed, type Machine } from './machine.ts';
import { PUPPET } from './process-claims.ts';

/** A puppet as a launch agent, and one that crashes. Both are taken away again, whatever happens. */
export async function launchdClaims(claims: Claims, machine: Machine): Promise<void> {
  const { run } = machine;
  const isLoggedIn = (await printed(run, LAUNCHCTL, ['managername'])).trim() === 'Aqua';
  const domain = `${isLoggedIn ? 'gui' : 'user'}/${process.getuid?.() ?? 0}`;
  const name = `ai.openclaw.exporter-test-${process.pid}`;
  const jobs: readonly LaunchdJob[] = [name, `${name}.crashes`].map((label) => ({
    manager: 'launchd',
    label,
    domain,
  }));
  const [lives, crashes] = jobs as [LaunchdJob, LaunchdJob];
  try {
    for (const job of jobs) await bootstrap(machine, job);
    await claims.claim(`a launch agent in ${domain} runs`, () =>
      stands(claims, machine, { job: lives, as: ['running'] }),
    );
    await claims.claim('one that crashes waits for its next start', () =>
      stands(claims, machine, { job: crashes, as: ['restarting', 'cannot-start'] }),
    );
    if (machine.isMac) await claims.claim('its process knows its job', () => hasJob(machine, lives));
    else claims.skipped('its process knows its job', 'only launchd starts one');
    await run(LAUNCHCTL, ['bootout', `${domain}/${lives.label}`]);
    await claims.claim('one that was booted out is not loaded', () =>
      stands(claims, machine, { job: lives, as: ['not-loaded'] }),
    );
  } finally {
    for (const { label } of jobs) await run(LAUNCHCTL, ['bootout', `${domain}/${label}`]);
  }
}

async function bootstrap({ run, directory }: Machine, { label, domain }: LaunchdJob): Promise<void> {
  const path = join(directory, `${label}.plist`);
  const strings = (words: readonly string[]): string =>
    words.map((word) => `<string>${word}</string>`).join('');
  const log = join(directory, `${label}.log`);
  writeFileSync(
    path,
    `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>${label}</string>
<key>ProgramArguments</key><array>${strings([process.execPath, PUPPET, 'node', 'run'])}</array>
<key>RunAtLoad</key><true/><key>KeepAlive</key><true/><key>ThrottleInterval</key><integer>10</integer>
<key>StandardOutPath</key><string>${log}</string><key>StandardErrorPath</key><string>${log}</string>
<key>EnvironmentVariables</key><dict>${label.endsWith('.crashes') ? '<key>PUPPET_CRASHES</key><string>1</string>' : ''}</dict>
</dict></plist>
`,
  );
  await run(LAUNCHCTL, ['bootstrap', domain, path]);
}

/** Within 15 s: launchd waits 10 s before it starts one again. */
async function stands(
  claims: Claims,
  { platform, run }: Machine,
  { job, as }: { job: LaunchdJob; as: readonly string[] },
): Promise<string> {
  const { label, domain } = job;
  let word = '';
  const found = await looking({ forMs: 15_000, everyMs: 500 }, async () => {
    const answer = await platform.askServiceManager(job, new AbortController().signal);
    word = answer.kind === 'known' ? answer.standing.kind : answer.error.message;
    if (!as.includes(word)) return undefined;
    claims.keep(
      `launchctl-print-${word}.txt`,
      await printed(run, LAUNCHCTL, ['print', `${domain}/${label}`]),
    );
    return JSON.stringify(answer);
  });
  if (found === undefined) throw new Error(`within 15 s only: ${word}`);
  return found;
}

async function hasJob({ platform: { processes } }: Machine, { label }: LaunchdJob): Promise<undefined> {
  for (const pid of await processes.pids()) {
    const read = await processes.service(pid).catch(() => undefined);
    const service = read?.kind === 'value' ? read.value : undefined;
    if (service?.manager === 'launchd' && service.label === label) return undefined;
  }
  throw new Error('no process has it');
}
