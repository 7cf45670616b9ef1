import { readFile } from 'node:fs/promises';
import { codeOf, messageOf } from '../runtime/error-parts.ts';
import { runProgram } from '../runtime/run-program.ts';

export type SendResult = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Somebody who is told. */
export interface Channel {
  /** For log lines and the state file; never an address, which may hold a secret. */
  readonly name: 'webhook' | 'program';
  /** @param body a message as JSON; never rejects */
  send(body: string): Promise<SendResult>;
}

/** As Alertmanager's. */
const SEND_WITHIN_MS = 10_000;
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
  return URL.canParse(url) ? request(url, body) : { ok: false, why: `${urlFile} holds no URL` };
}

/** What is said of a failure does not name the address. */
async function request(url: string, body: string | undefined): Promise<SendResult> {
  try {
    const response = await fetch(url, {
      ...(body !== undefined && { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
      redirect: 'error',
      signal: AbortSignal.timeout(SEND_WITHIN_MS),
    });
    await response.body?.cancel();
    return response.ok ? { ok: true } : { ok: false, why: `it answered HTTP ${response.status}` };
  } catch (error) {
    return { ok: false, why: causeOf(error) };
  }
}

/** `fetch failed` says nothing; its cause does, and may name the host, which is half of the address. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error);
  if (error.name === 'TimeoutError') return `it did not answer within ${SEND_WITHIN_MS / 1_000} s`;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
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
