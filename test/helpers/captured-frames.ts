import { readFileSync } from 'node:fs';

export const CAPTURED_VERSIONS = ['2026.4.15', '2026.9.6'] as const;
export type CapturedVersion = (typeof CAPTURED_VERSIONS)[number];

interface Frame {
  readonly type: 'req' | 'res' | 'event';
  readonly id?: string;
  readonly method?: string;
  readonly event?: string;
  readonly ok?: boolean;
  readonly params?: Record<string, unknown>;
  readonly payload?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly details?: unknown };
}

interface CapturedLine {
  readonly conn: number;
  readonly from?: 'gateway' | 'client';
  readonly frame?: Frame;
  readonly close?: { readonly by: string; readonly code: number; readonly reason: string };
}

/** Every line of a real conversation with a gateway of this version. */
export function capturedLines(version: CapturedVersion): readonly CapturedLine[] {
  const path = new URL(`../fixtures/captures/${version}/frames.jsonl`, import.meta.url);
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CapturedLine);
}

/** The gateway's answers to one method, by an operator's connection unless said otherwise. */
export function capturedAnswers(version: CapturedVersion, method: string): readonly Frame[] {
  const lines = capturedLines(version);
  const asked = new Set(lines.flatMap(({ frame }) => (frame?.method === method ? [frame.id] : [])));
  return lines.flatMap(({ frame }) => (frame?.type === 'res' && asked.has(frame.id) ? [frame] : []));
}

export function capturedRequests(version: CapturedVersion, method: string): readonly Frame[] {
  return capturedLines(version).flatMap(({ frame }) => (frame?.method === method ? [frame] : []));
}

/** The hello that the operator's session of the capture got. */
export function capturedHello(version: CapturedVersion): Record<string, unknown> {
  const hellos = capturedLines(version).filter(
    ({ conn, frame }) => conn === 2 && (frame?.payload as { type?: string } | undefined)?.type === 'hello-ok',
  );
  return hellos[0]!.frame!.payload as Record<string, unknown>;
}
