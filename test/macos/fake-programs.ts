import { chmodSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { oneProgramAtATime, type RunProgram } from '../../src/sources/darwin/run-program.ts';

/** Programs of macOS as scripts in a directory of the test's own, run as the real ones would be. */
export class FakePrograms {
  readonly #directory: string;
  readonly asked: string[] = [];
  readonly run: RunProgram;

  constructor(directory: string, deadlineMs = 5_000) {
    this.#directory = directory;
    const run = oneProgramAtATime({ deadlineMs });
    this.run = (program, args, signal) => {
      this.asked.push([program, ...args].join(' '));
      return run(join(directory, basename(program)), args, signal);
    };
  }

  /** `program` prints this from now on, whatever it is asked. */
  prints(program: string, output: string, { status = 0, errors = '' } = {}): void {
    const [out, err] = [`${program}.out`, `${program}.err`].map((name) => join(this.#directory, name));
    writeFileSync(out!, output);
    writeFileSync(err!, errors);
    this.does(program, `cat '${out!}'; cat '${err!}' >&2; exit ${status}`);
  }

  does(program: string, script: string): void {
    const path = join(this.#directory, program);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }
}
