import { readFileSync } from 'node:fs';
import { parseObject, type JsonObject } from '../../src/runtime/json-object.ts';

type GatewayVersion = '2026.9.6' | '2026.4.15';

/** One frame of a recorded session with the real gateway. */
export interface CapturedFrame {
  readonly conn: number;
  readonly from: 'gateway' | 'client';
  readonly frame: JsonObject;
}

function capturePath(version: GatewayVersion, name: string): URL {
  return new URL(`../fixtures/captures/${version}/${name}`, import.meta.url);
}

/** Everything that went over the wire, closes left out. */
export function capturedFrames(version: GatewayVersion): readonly CapturedFrame[] {
  return readFileSync(capturePath(version, 'frames.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const record = parseObject(line);
      return record?.frame === undefined ? [] : [record as unknown as CapturedFrame];
    });
}

/** The one frame that `isIt`; the first where there are several. */
export function capturedFrame(
  version: GatewayVersion,
  isIt: (captured: CapturedFrame) => boolean,
): JsonObject {
  const found = capturedFrames(version).find(isIt);
  if (found === undefined) throw new Error(`no such frame in the capture of ${version}`);
  return found.frame;
}

/** The gateway's answer to the first request of this method, in any connection or in one of them. */
export function capturedAnswer(version: GatewayVersion, method: string, conn?: number): JsonObject {
  const request = capturedFrames(version).find(
    ({ from, frame, conn: of }) => from === 'client' && frame.method === method && (conn ?? of) === of,
  );
  if (request === undefined) throw new Error(`no ${method} request in the capture of ${version}`);
  return capturedFrame(
    version,
    ({ conn: of, frame }) => of === request.conn && frame.type === 'res' && frame.id === request.frame.id,
  );
}

export function capturedEvent(version: GatewayVersion, event: string): JsonObject {
  return capturedFrame(version, ({ frame }) => frame.event === event);
}

/** The lines of a captured log. */
export function capturedLines(version: GatewayVersion, name: string): readonly string[] {
  return readFileSync(capturePath(version, name), 'utf8').split('\n').slice(0, -1);
}
