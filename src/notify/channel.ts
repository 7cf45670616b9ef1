import { access, constants } from 'node:fs/promises';
import { whyNotCallable } from '../runtime/callable-url.ts';
import { codeOf } from '../runtime/error-parts.ts';
import { oneLine } from '../runtime/one-line.ts';
import { runProgram, type ProgramAnswer } from '../runtime/run-program.ts';
import { readSmallFile, type FileAnswer } from '../sources/files.ts';
import { redactText } from '../telemetry/redact.ts';
import { SEND_WITHIN_MS, request, type SendResult } from './request.ts';

/** Somebody who is told. */
export interface Channel {
  /** For log lines and the state file; never an address, which may hold a secret. */
  readonly name: 'webhook' | 'program';
  /** @param body a message as JSON; never rejects */
  send(body: string): Promise<SendResult>;
  /** What keeps anything from being sent at all; `undefined`: as far as can be seen without sending, nothing. */
  whyUnusable(): Promise<string | undefined>;
}

/** What a program says is only of use where it fails. */
const MAX_OUTPUT_BYTES = 64 * 1024;
const MAX_LINE_LENGTH = 200;
const MAX_URL_FILE_BYTES = 64 * 1024;

/** POSTs each message to the URL in a file: whoever knows the address of a webhook may use it. */
export function webhookChannel(urlFile: string): Channel {
  return {
    name: 'webhook',
    send: (body) => call(urlFile, body),
    whyUnusable: async () => {
      const address = await addressIn(urlFile);
      return address.ok ? undefined : address.why;
    },
  };
}

/** Calls the URL in a file with `body`, or without one by GET. The file is read each time: a new address needs no restart. */
export async function call(urlFile: string, body?: string): Promise<SendResult> {
  const address = await addressIn(urlFile);
  return address.ok ? request(address.url, { body }) : address;
}

async function addressIn(
  urlFile: string,
): Promise<{ readonly ok: true; readonly url: string } | { readonly ok: false; readonly why: string }> {
  const file = await readSmallFile(urlFile, MAX_URL_FILE_BYTES);
  if (file.kind !== 'value') return { ok: false, why: `${urlFile} cannot be read (${whyUnread(file)})` };
  const url = file.text.trim();
  const mistake = whyNotCallable(url);
  return mistake === undefined ? { ok: true, url } : { ok: false, why: `${urlFile} ${mistake}` };
}

function whyUnread(file: Exclude<FileAnswer, { kind: 'value' }>): string {
  switch (file.kind) {
    case 'missing':
      return 'ENOENT';
    case 'denied':
      return 'EACCES';
    case 'unusable':
      return file.why;
    default:
      return file satisfies never;
  }
}

/** Those that the configuration names. @param environment all that the program is given */
export function channelsOf(
  { webhookUrlFile, program }: { readonly webhookUrlFile?: string; readonly program?: string },
  environment: Readonly<Record<string, string | undefined>>,
): readonly Channel[] {
  return [
    ...(webhookUrlFile === undefined ? [] : [webhookChannel(webhookUrlFile)]),
    ...(program === undefined ? [] : [programChannel(program, environment)]),
  ];
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
      const why = whyNotTaken(program, answer);
      return why === undefined ? { ok: true } : { ok: false, why };
    },
    whyUnusable: () =>
      access(program, constants.X_OK).then(
        () => undefined,
        (error: unknown) => `${program} cannot be run (${String(codeOf(error))})`,
      ),
  };
}

function whyNotTaken(program: string, answer: ProgramAnswer): string | undefined {
  switch (answer.kind) {
    case 'ended':
      return answer.status === 0
        ? undefined
        : `it ended with status ${answer.status}${lastLineOf(answer.errors)}`;
    case 'late':
      return `it did not end within ${SEND_WITHIN_MS / 1_000} s`;
    case 'missing':
      return `there is no program ${program}, or not the one that its first line names`;
    case 'failed':
      return answer.code === 'EACCES' ? `${program} may not be run: chmod +x ${program}` : answer.why;
    default:
      return answer satisfies never;
  }
}

/** What a program said last of why it failed, as the end of a sentence. */
function lastLineOf(errors: string): string {
  const line = errors.trim().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? '' : `: ${oneLine(redactText(line)).slice(0, MAX_LINE_LENGTH)}`;
}
