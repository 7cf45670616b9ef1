import { setPriority } from 'node:os';
import { compareSync } from 'bcryptjs';

/*
 * The entry of a child process that checks passwords. bcrypt costs a tenth of a second of a core by design; here it
 * holds up nobody, and what this machine is for goes first.
 */
export interface PasswordQuestion {
  readonly password: string;
  readonly hash: string;
}

export interface PasswordAnswer {
  readonly isRight: boolean;
}

/**
 * A quarter of what others get. Not the nicest there is: on a busy machine that gets so little that the password of a scraper,
 * asked for after a start, was not checked in time, and an exporter that cannot be scraped then is worth nothing.
 */
const NICENESS = 5;

try {
  setPriority(NICENESS);
} catch {
  // Not permitted in some sandbox: it works without.
}

process.on('message', ({ password, hash }: PasswordQuestion) => {
  const answer: PasswordAnswer = { isRight: compareSync(password, hash) };
  process.send?.(answer);
});
process.once('disconnect', () => {
  process.exit();
});
