/** Whether a password belongs to a bcrypt hash: dear, and so done elsewhere. */
export interface HashChecker {
  /** Rejects when it cannot be told. One at a time: a second is not begun before the first has ended. */
  check(password: string, hash: string): Promise<boolean>;
}

/** Checks on a thread of its own, by native code that is loaded when the first password comes. */
export const BCRYPT: HashChecker = {
  async check(password, hash) {
    const { verify } = await import('@node-rs/bcrypt');
    // Go's bcrypt, and so exporter-toolkit, knows the version without a letter too.
    return verify(password, hash.replace(/^\$2\$/, '$2a$'));
  },
};
