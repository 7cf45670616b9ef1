#!/usr/bin/env node
import { refuseNodeVersion } from './cli/node-version.ts';
import { ignoreDebuggerSignal } from './runtime/ignore-debugger-signal.ts';
import { leanHeap } from './runtime/lean-heap.ts';

ignoreDebuggerSignal();

// Everything else is imported only after this: an old Node would die of its syntax, with a message that helps nobody.
const refusal = refuseNodeVersion(process.versions.node);
if (refusal === undefined) {
  leanHeap();
  const { main } = await import('./cli/main.ts');
  await main();
} else {
  process.stderr.write(`${refusal}\n`);
  process.exitCode = 1;
}
