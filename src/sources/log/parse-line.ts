import { authReasonOfDetailCode, type LogEvent } from '../../core/index.ts';
import type { Scrub } from '../known-secrets.ts';
import { authReasonOfText, classifyFailure } from '../openclaw-words.ts';
import { plainText } from '../tail/plain-text.ts';

/** No line that means something comes near this; what is longer is somebody's page or dump, and costs no more than this. */
const MAX_EXAMINED_CHARS = 4096;
/** Longest text that is kept from a line, in characters. */
export const MAX_KEPT_CHARS = 500;

/** `--with-timestamps` style prefixes of consoles and collectors: an ISO time, a `[subsystem]`. */
const PREFIX =
  /^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]{0,10}(?:Z|[+-]\d\d:?\d\d)? +)?(?:\[[\w./-]{1,40}\] +)?/;

const CONNECTED = 'node host gateway connected: ';
const CONNECT_FAILED = 'node host gateway connect failed:';
const CLOSED = /^node host gateway closed \((\d{1,5})\):(?: (.*))?$/;
const PAUSED = /^node host gateway reconnect paused after close \((\d{1,5})\):(.*)$/;
const PAUSED_ACTION = /; (waiting for operator action|exiting for supervisor restart)$/;
const PAUSED_DETAIL = / detail=([A-Z][A-Z0-9_]{0,80})$/;
const REJECTED = /^node host gateway permanently rejected connection \(([^)]{0,200})\):/;
const AWAITING_APPROVAL = 'node capability surface is awaiting operator approval';

/**
 * Reads one line of a node host's log (2026.3.13 to 2026.9.6); `null` when it is blank, repeats the line before it, or
 * was written by another process than the node host. A line it does not know is `other`, never an error: anybody may
 * write to a log, so nothing in it is trusted, and what is kept of it is bounded.
 */
export function parseLine(line: string): LogEvent | null {
  return parseScrubbed(line, asItIs);
}

/** {@link parseLine} that keeps only what `scrub` leaves of a text. Read it is as it stands. */
export function parseScrubbed(line: string, scrub: Scrub): LogEvent | null {
  return parseWhole(line.length > MAX_EXAMINED_CHARS ? line.slice(0, MAX_EXAMINED_CHARS) : line, scrub);
}

/** {@link parseScrubbed} without its bound: the time it takes is proportional to the length all the same. */
export function parseWhole(line: string, scrub: Scrub = asItIs): LogEvent | null {
  const text = plainText(line).replace(PREFIX, '');
  if (text === '') return null;

  // The logger writes a failed connect a second time, on the console and in this form.
  if (text.startsWith('gateway connect failed: ')) return null;
  // The launcher of 2026.9.x shares the file. Its words are no sign of life of the node host it watches.
  if (text.startsWith('openclaw: ')) return null;
  if (!text.startsWith('node host ')) return { kind: 'other' };

  if (text.startsWith(CONNECTED))
    return { kind: 'connected', url: withoutSecrets(text.slice(CONNECTED.length), scrub) };
  if (text.startsWith(CONNECT_FAILED)) return connectFailed(text.slice(CONNECT_FAILED.length).trim(), scrub);

  const closed = CLOSED.exec(text);
  if (closed !== null)
    return { kind: 'closed', code: Number(closed[1]), reason: keep((closed[2] ?? '').trim(), scrub) };

  const paused = PAUSED.exec(text);
  if (paused !== null) return pausedEvent(Number(paused[1]), paused[2] ?? '');

  const rejected = REJECTED.exec(text);
  if (rejected !== null) return { kind: 'rejected', type: keep(rejected[1] ?? '', scrub) };

  return text.includes(AWAITING_APPROVAL) ? { kind: 'awaiting-approval' } : { kind: 'other' };
}

function connectFailed(message: string, scrub: Scrub): LogEvent {
  // A node host of 4.x that is stopped while it connects says so in the words of a failure.
  if (message === 'gateway client stopped') return { kind: 'other' };
  return {
    kind: 'connect-failed',
    ...classifyFailure(message),
    echoesClose: message.startsWith('gateway closed ('),
    message: keep(message, scrub),
  };
}

/**
 * The close reason in the middle is the gateway's, and may itself contain `detail=` or a `;`. So it is read from the end,
 * where the node host wrote last. A reason with a line break cuts the line short: then nothing says what comes next, and a
 * host that does not exit is the case a watcher must not miss.
 */
function pausedEvent(code: number, rest: string): LogEvent {
  const action = PAUSED_ACTION.exec(rest);
  const said = action === null ? rest : rest.slice(0, action.index);
  const detail = PAUSED_DETAIL.exec(said);
  return {
    kind: 'paused',
    code,
    auth: detail === null ? (authReasonOfText(said) ?? 'other') : authReasonOfDetailCode(detail[1] ?? ''),
    disposition: action?.[1] === 'exiting for supervisor restart' ? 'exiting' : 'waiting',
  };
}

/** A user and password before the host: those of a proxy stand in the words of a tunnel that failed. */
const CREDENTIAL_IN_URL = /\b([a-z]{2,10}:\/\/)[^\s/@]{1,256}@/gi;

/** Scrubbed first: half of a credential at the cut would no longer be known for one. */
function keep(text: string, scrub: Scrub): string {
  return cut(scrub(text.replace(CREDENTIAL_IN_URL, '$1')));
}

function cut(text: string): string {
  return text.length > MAX_KEPT_CHARS ? `${text.slice(0, MAX_KEPT_CHARS - 1)}…` : text;
}

function asItIs(text: string): string {
  return text;
}

/**
 * A gateway's URL without what may be a secret in it: user, password, query, fragment. The address itself stays as it is,
 * since that is where the node host dials.
 */
function withoutSecrets(url: string, scrub: Scrub): string {
  const bare = url.replace(/[?#].*$/s, '').replace(/^([a-z]{2,10}:\/\/)[^/@]*@/i, '$1');
  const [origin = ''] = /^[a-z]{2,10}:\/\/[^/]*/i.exec(bare) ?? [];
  return cut(origin + scrub(bare.slice(origin.length)));
}
