import type { Request, RequestHandler } from 'express';
import { ifEnabled } from './reload.ts';
import { sendText } from './respond.ts';
import { oneLine } from '../../runtime/one-line.ts';

/** What somebody who asks for a pause gets. */
export type PauseReport =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

export interface RecoveryDependencies {
  /** Whether recovery is on: asked for each request. */
  readonly isOn: () => boolean;
  /** Whether whoever reaches the port may ask, as for a reload. */
  readonly isEnabled: () => boolean;
  /** @param length as `8h` */
  readonly pause: (length: string, reason: string) => Promise<PauseReport>;
  readonly resume: () => Promise<PauseReport>;
}

/** `POST /-/recovery/pause?for=8h&reason=…`: nobody is restarted until then. */
export function recoveryPauseRoute(dependencies: RecoveryDependencies): RequestHandler {
  return guarded(dependencies, ({ query }) => dependencies.pause(textOf(query.for), textOf(query.reason)));
}

/** `POST /-/recovery/resume` ends a pause before its time. */
export function recoveryResumeRoute(dependencies: RecoveryDependencies): RequestHandler {
  return guarded(dependencies, () => dependencies.resume());
}

const PAUSING = {
  doing: 'pausing',
  instead: ', or write the file recovery.pause into the state directory',
} as const;

function guarded(
  { isOn, isEnabled }: RecoveryDependencies,
  act: (request: Request) => Promise<PauseReport>,
): RequestHandler {
  return ifEnabled(isEnabled, PAUSING, async (request, response) => {
    if (!isOn()) {
      sendText(response, 409, 'recovery is off (recovery.enabled); there is nothing to pause\n');
      return;
    }
    const report = await act(request);
    sendText(response, report.ok ? 200 : 400, `${oneLine(report.ok ? report.text : report.problem)}\n`);
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
