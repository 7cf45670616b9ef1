import { type LaunchdJob, present } from '../../core/index.ts';
import {
  foreignService,
  noAnswer,
  nobodyToAsk,
  programFailed,
  type AskServiceManager,
  type ServiceAnswer,
} from '../supervisor/service-manager.ts';
import { disabledIn, interpretJob, type JobReading } from './interpret-job.ts';
import { noLogOfJob } from './job.ts';
import type { RunProgram } from './run-program.ts';

export const LAUNCHCTL = '/bin/launchctl';

export interface LaunchctlOptions {
  readonly run: RunProgram;
  readonly launchctl?: string;
  /** Whether the errors of a job that launchd has not loaded go nowhere, by its property list. */
  readonly isLogBlind?: (job: LaunchdJob) => Promise<boolean>;
  /** Monotonic. */
  readonly nowMs?: () => number;
}

/** Exit statuses of `launchctl print`: the domain has no such service; there is no such domain; it is none of our business. */
const NO_SERVICE = 113;
const NO_DOMAIN = 112;
const REFUSED = 125;
/** The longest throttle is over by then: launchd starts what it keeps alive within ten seconds, if it does at all. */
const HELD_BACK_AFTER_MS = 60_000;

/** Asks launchd through `launchctl print`. What it prints holds the environment of the job, and goes nowhere else. */
export function createLaunchctl({
  run,
  launchctl = LAUNCHCTL,
  isLogBlind = () => Promise.resolve(false),
  nowMs = () => performance.now(),
}: LaunchctlOptions): AskServiceManager {
  const idleSince = new Map<string, number>();

  return async (service, signal) => {
    if (service.manager !== 'launchd') return foreignService(service);
    const refusals = new Set<number>();
    let isLoggedOut = false;
    for (const job of possibleJobs(service)) {
      const target = `${job.domain}/${job.label}`;
      const answer = await run(launchctl, ['print', target], signal);
      if (answer.kind !== 'ended') return programFailed('launchctl', service.label, answer);
      if ([NO_SERVICE, NO_DOMAIN, REFUSED].includes(answer.status)) {
        refusals.add(answer.status);
        // Its agents run while the user is logged in; another domain has it only where somebody put it there.
        isLoggedOut ||= answer.status === NO_DOMAIN && job.domain.startsWith('gui/');
        continue;
      }
      const reading = answer.status === 0 ? interpretJob(answer.output) : undefined;
      if (reading === undefined) return unreadable(service, answer);
      return known(job, settledReading(reading, target, { idleSince, nowMs: nowMs() }));
    }
    if (!isLoggedOut && !refusals.has(NO_SERVICE)) return refused(service);
    const note = present({ note: (await isLogBlind(service)) ? noLogOfJob(service) : undefined });
    if (isLoggedOut)
      return { kind: 'known', standing: { kind: 'not-loaded', because: 'logged-out' }, ...note };
    const disabled = await run(launchctl, ['print-disabled', service.domain], signal);
    const isDisabled =
      disabled.kind === 'ended' && disabled.status === 0 && disabledIn(disabled.output).has(service.label);
    return {
      kind: 'known',
      standing: { kind: 'not-loaded', ...(isDisabled && { because: 'disabled' }) },
      ...note,
    };
  };
}

/** One that was loaded over ssh, or without anybody logged in, is in the second; a daemon of another user in the third. */
function possibleJobs(job: LaunchdJob): readonly LaunchdJob[] {
  const { domain } = job;
  const domains = new Set([domain, domain.replace(/^gui\//, 'user/'), 'system']);
  return [...domains].map((other) => ({ ...job, domain: other }));
}

/** launchd says nothing of why it does not start a job that it is to keep alive: after a while that is being held back. */
function settledReading(
  reading: JobReading,
  target: string,
  { idleSince, nowMs }: { idleSince: Map<string, number>; nowMs: number },
): JobReading {
  if (!reading.isIdle) {
    idleSince.delete(target);
    return reading;
  }
  const since = idleSince.get(target) ?? nowMs;
  idleSince.set(target, since);
  if (nowMs - since < HELD_BACK_AFTER_MS) return reading;
  return {
    ...reading,
    standing: { kind: 'gave-up', because: 'held-back', lastExit: 'no next start is planned' },
  };
}

function known(service: LaunchdJob, { standing, restarts, errorPath }: JobReading): ServiceAnswer {
  // Of one that runs its process tells.
  const isBlind = errorPath === '/dev/null' && standing.kind !== 'running';
  const note = isBlind ? noLogOfJob(service) : undefined;
  return { kind: 'known', service, standing, ...present({ restarts, note }) };
}

function unreadable(
  { label }: LaunchdJob,
  { status, errors }: { status: number; errors: string },
): ServiceAnswer {
  const [said = ''] = errors.trim().split('\n');
  const why =
    status === 0
      ? 'its answer on the state of the job is not one that is known'
      : `exit status ${status}${said === '' ? '' : `: ${said}`}`;
  return noAnswer(status === 0 ? 'parse' : 'other', `launchctl print on ${label}: ${why}`);
}

function refused({ label, domain }: LaunchdJob): ServiceAnswer {
  return nobodyToAsk(
    'permission',
    `launchd does not tell us about ${label} in domain ${domain}: run the exporter as the user of the node host`,
  );
}
