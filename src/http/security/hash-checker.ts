/** Whether a password belongs to a bcrypt hash: dear, and so done elsewhere. */
export interface HashChecker {
  /** Rejects when it cannot be told. One at a time: a second is not begun before the first has ended. */
  check(password: string, hash: string): Promise<boolean>;
  stop(): void;
}
