import { setPriority } from 'node:os';
import { compareSync } from 'bcryptjs';

/*
 * The entry of a child process that checks passwords. bcrypt costs a tenth of a second of a core by design; here it
 * holds up nobody, and everything else on this machine goes first.
 */
export interface PasswordQuestion {
  readonly password: string;
  readonly hash: string;
}

export interface PasswordAnswer {
  readonly isRight: boolean;
}

/** The nicest there is. */
const LOWEST_PRIORITY = 19;

try {
  setPriority(LOWEST_PRIORITY);
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
