import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import type { LogEvent } from '../../../../src/core/model/observation.ts';
import { fileTarget, LogBench, temporaryDirectory } from '../log-bench.ts';

it('CRLF, colour and bytes that are not UTF-8 hide no event', async () => {
  const path = join(temporaryDirectory(), 'node.log');
  writeFileSync(path, '');
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  appendFileSync(
    path,
    Buffer.concat([
      Buffer.from('\u001b[32mnode host gateway connected: ws://127.0.0.1:18789\u001b[39m\r\n'),
      Buffer.from('node host gateway closed (1008): '),
      Buffer.from([0xff, 0xfe, 0xc3]),
      Buffer.from(' ä\r\n\u001b[0m\r\n'),
      Buffer.from('node host gateway closed (1012): service restart\r\n'),
    ]),
  );
  await bench.poll();
  expect(bench.lines.map(({ event }) => event)).toEqual<LogEvent[]>([
    { kind: 'connected', url: 'ws://127.0.0.1:18789' },
    { kind: 'closed', code: 1008, reason: '\uFFFD\uFFFD\uFFFD ä' },
    { kind: 'closed', code: 1012, reason: 'service restart' },
  ]);
});

it('a character cut in two by two polls is one character', async () => {
  const path = join(temporaryDirectory(), 'node.log');
  writeFileSync(path, '');
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  const bytes = Buffer.from('node host gateway closed (1000): 🦞\n');
  for (const byte of bytes) {
    appendFileSync(path, Buffer.from([byte]));
    await bench.poll();
  }
  expect(bench.take()).toEqual(['live 🦞']);
});
