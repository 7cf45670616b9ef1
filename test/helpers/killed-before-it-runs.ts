import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

/*
 * Loaded into a program before anything of its own (`--import`): the first time that it would run what KILLED_BEFORE names
 * it is killed instead, as by somebody who waited for just that moment.
 */
const { spawn } = childProcess;
childProcess.spawn = ((program: string, ...rest: []) => {
  if (program === process.env.KILLED_BEFORE) process.kill(process.pid, 'SIGKILL');
  return spawn(program, ...rest);
}) as typeof spawn;
syncBuiltinESMExports();
