import { WebSocket } from 'ws';
import { z } from 'zod';
import { type GatewayWsObservation, type HttpResult, present } from '../../core/index.ts';
import { networkFailureReason } from '../network-failure.ts';
import { classifyHttpStatus } from '../openclaw-words.ts';
import { parseJson } from '../../runtime/json-object.ts';

export interface ChallengeRequest {
  readonly url: URL;
  /** Until the challenge has come. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** The certificate is checked by its fingerprint elsewhere: here any will do, since nothing is sent. */
  readonly trustsAnyCertificate: boolean;
}

/** What came of it, with the gateway's clock where a challenge told it. */
export type ChallengeReply = Pick<GatewayWsObservation, 'result' | 'gatewayTsMs'>;

/** A node host's own dial has none: the gateway's log and a proxy's tell the two apart. */
const USER_AGENT = 'openclaw-liveness-exporter';

/** Frames before `connect.challenge` are none of a gateway's; and it is the first that a gateway sends. */
const MAX_FRAME_BYTES = 64 * 1024;

/**
 * Asks for a WebSocket and waits for `connect.challenge`, which a gateway sends first, to anybody. Says nothing itself and
 * hangs up. Never rejects; resolves within `deadlineMs`, and leaves no socket.
 */
export function requestChallenge({
  url,
  deadlineMs,
  signal,
  trustsAnyCertificate,
}: ChallengeRequest): Promise<ChallengeReply> {
  const reply = Promise.withResolvers<ChallengeReply>();
  const startedAt = performance.now();
  const socket = new WebSocket(url, {
    handshakeTimeout: deadlineMs,
    maxPayload: MAX_FRAME_BYTES,
    followRedirects: false,
    perMessageDeflate: false,
    headers: { 'User-Agent': USER_AGENT },
    ...(trustsAnyCertificate && { rejectUnauthorized: false }),
  });
  const finish = (result: HttpResult, gatewayTsMs?: number): void => {
    reply.resolve({ result, ...present({ gatewayTsMs }) });
    clearTimeout(deadline);
    signal.removeEventListener('abort', aborted);
    socket.terminate();
  };
  const failed = (error: Error): void => {
    const reason = networkFailureReason(error);
    finish({ ok: false, reason, message: error.message, answered: false });
  };
  const aborted = (): void => {
    failed(new Error('the request was given up'));
  };
  const deadline = setTimeout(() => {
    const message = `no connect.challenge within ${deadlineMs} ms`;
    finish({ ok: false, reason: 'timeout', message, answered: false });
  }, deadlineMs).unref();
  signal.addEventListener('abort', aborted, { once: true });
  socket.on('error', failed);
  socket.on('unexpected-response', (request, response) => {
    const status = response.statusCode ?? 0;
    request.destroy();
    const { reason } = classifyHttpStatus(status);
    finish({
      ok: false,
      reason,
      message: `the WebSocket upgrade was answered HTTP ${status}`,
      answered: true,
    });
  });
  socket.on('message', (data: unknown) => {
    const challenge = readChallenge(String(data));
    if (challenge === undefined) return;
    finish({ ok: true, rttMs: performance.now() - startedAt }, challenge.ts);
  });
  socket.on('close', (code) => {
    const message = `closed (${code}) before connect.challenge`;
    finish({ ok: false, reason: 'closed', message, answered: false });
  });
  return reply.promise;
}

const challengeSchema = z.object({
  event: z.literal('connect.challenge'),
  payload: z.object({ ts: z.number().nonnegative().nullish().catch(undefined) }).catch({}),
});

/** `undefined`: it is none. */
function readChallenge(text: string): { readonly ts?: number } | undefined {
  const challenge = challengeSchema.safeParse(parseJson(text)).data;
  return challenge && present(challenge.payload);
}
