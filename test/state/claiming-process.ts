import { StateDirectory } from '../../src/state/state-directory.ts';

/** Claims the directory it is given, says what came of it, and holds it until it is ended. */
const claim = await new StateDirectory(process.argv[2] ?? '').claim();
process.stdout.write(`${JSON.stringify({ pid: process.pid, ...claim })}\n`);
setInterval(() => undefined, 60_000);
