import { readFile } from 'node:fs/promises';
import { codeOf } from '../runtime/error-parts.ts';
import { runProgram } from '../runtime/run-program.ts';
import { SEND_WITHIN_MS, request, type SendResult } from './request.ts';

/** Somebody who is told. */
export interface Channel {
  /** For log lines and the state file; never an address, which may hold a secret. */
  readonly name: 'webhook' | 'program';
  /** @param body a message as JSON; never rejects */
  send(body: string): Promise<SendResult>;
}

/** What a program says is only of use where it fails. */
const MAX_OUTPUT_BYTES = 64 * 1024;

/** POSTs each message to the URL in a file: whoever knows the address of a webhook may use it. */
export function webhookChannel(urlFile: string): Channel {
  return { name: 'webhook', send: (body) => call(urlFile, body) };
}

/** Calls the URL in a file with `body`, or without one by GET. The file is read each time: a new address needs no restart. */
export async function call(urlFile: string, body?: string): Promise<SendResult> {
  let url: string;
  try {
    url = (await readFile(urlFile, 'utf8')).trim();
  } catch (error) {
    return { ok: false, why: `${urlFile} cannot be read (${String(codeOf(error))})` };
  }
  if (!URL.canParse(url)) return { ok: false, why: `${urlFile} holds no URL` };
  return request(url, { body });
}

/** Runs a program for each message, which it reads from its standard input. @param environment all that it is given */
export function programChannel(
  program: string,
  environment: Readonly<Record<string, string | undefined>>,
): Channel {
  return {
    name: 'program',
    send: async (input) => {
      const answer = await runProgram(program, [], {
        deadlineMs: SEND_WITHIN_MS,
        environment,
        maxOutputBytes: MAX_OUTPUT_BYTES,
        input,
      });
      switch (answer.kind) {
        case 'ended':
          return answer.status === 0
            ? { ok: true }
            : { ok: false, why: `it ended with status ${answer.status}` };
        case 'late':
          return { ok: false, why: `it did not end within ${SEND_WITHIN_MS / 1_000} s` };
        case 'missing':
          return { ok: false, why: `there is no program ${program}` };
        case 'failed':
          return { ok: false, why: answer.why };
        default:
          return answer satisfies never;
      }
    },
  };
}
