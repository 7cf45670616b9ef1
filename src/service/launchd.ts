import { join } from 'node:path';
import { SERVICE_NAME, type Found, type ServiceFacts, type ServicePlan, type Step } from './plan.ts';

/** The label of the job. */
const LABEL = `ai.openclaw.${SERVICE_NAME.replace('openclaw-', '')}`;

/** Right after a bootout launchd refuses by `5: Input/output error`, and seconds later does not (openclaw#136453). */
const BOOTSTRAP_TRIES = 10;

export function launchdPlan(facts: ServiceFacts, userId: number): ServicePlan {
  const { home } = facts;
  const domain = `gui/${userId}`;
  const path = join(home, 'Library', 'LaunchAgents', `${LABEL}.plist`);
  const log = join(home, 'Library', 'Logs', `${SERVICE_NAME}.log`);
  // Its own, so that it can go when the service does.
  const state = join(home, 'Library', 'Application Support', SERVICE_NAME);
  const hasState = facts.command.includes('--state.dir');
  const command = hasState ? facts.command : [...facts.command, '--state.dir', state];
  const text = plist({ ...facts, command }, log);
  const run = (...rest: readonly string[]): Step => ({ kind: 'run', argv: ['launchctl', ...rest] });
  const tryTo = (...rest: readonly string[]): Step => ({ ...run(...rest), mayFail: true }) as Step;
  return {
    what: 'a LaunchAgent',
    path,
    text,
    reach: [
      {
        argv: ['launchctl', 'print', domain],
        advice:
          'A LaunchAgent is installed by the user of the node host, logged in at the screen of the Mac.',
      },
    ],
    install: (found: Found) => [
      // launchd goes by what it read, whatever becomes of the file.
      ...(found === 'same'
        ? []
        : [tryTo('bootout', `${domain}/${LABEL}`), { kind: 'write', path, text } as const]),
      run('enable', `${domain}/${LABEL}`),
      // Refused where it is loaded already.
      found === 'same'
        ? tryTo('bootstrap', domain, path)
        : { kind: 'run', argv: ['launchctl', 'bootstrap', domain, path], tries: BOOTSTRAP_TRIES },
      run('kickstart', `${domain}/${LABEL}`),
    ],
    uninstall: [
      tryTo('bootout', `${domain}/${LABEL}`),
      // Until it has ended it may write its state once more.
      { kind: 'await-gone', argv: ['launchctl', 'print', `${domain}/${LABEL}`] },
      { kind: 'remove', path },
      { kind: 'remove', path: state },
      { kind: 'remove', path: log },
    ],
    status: ['launchctl', 'print', `${domain}/${LABEL}`],
    isRunning: (status) => /^\tstate = running$/m.test(status),
    log: `tail -f '${log}'`,
  };
}

function plist({ command, version }: ServiceFacts, log: string): string {
  const argumentLines = command.map((argument) => `    <string>${escaped(argument)}</string>`).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by ${SERVICE_NAME} ${version}: \`${SERVICE_NAME} service install\` writes it anew, \`service uninstall\` removes it. -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${argumentLines}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <!-- Ended as asked, it stays ended. launchd knows no exit code for which it should not try again. -->
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <!-- Else macOS lets its timers run seconds late. -->
  <key>ProcessType</key>
  <string>Interactive</string>
  <!-- 0077 -->
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>${escaped(log)}</string>
  <key>StandardErrorPath</key>
  <string>${escaped(log)}</string>
</dict>
</plist>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
