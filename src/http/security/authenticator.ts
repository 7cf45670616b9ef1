import { createHmac, randomBytes } from 'node:crypto';
import type { Credentials } from './basic-credentials.ts';
import type { HashChecker } from './hash-checker.ts';

/** `busy`: too many passwords wait to be checked; `failed`: it could not be told. */
export type AuthResult = 'right' | 'wrong' | 'busy' | 'failed';

export interface AuthenticatorOptions {
  readonly checker: HashChecker;
  /** Calls back once, later. */
  readonly after: (ms: number, callback: () => void) => void;
  /** A clock that never goes back, in milliseconds. */
  readonly nowMs: () => number;
  /** Told when passwords cannot be checked any more. */
  readonly onError: (error: unknown) => void;
}

/** Answers that are kept, each kind on its own, so that wrong ones cannot push out the scraper's. */
const KEPT_ANSWERS = 100;
/** Passwords that wait; the rest is told to come back. */
const MAX_WAITING = 32;
/** Of one address: whoever guesses must not keep the others out. */
const MAX_WAITING_PER_ADDRESS = 4;
/** After a wrong password nobody's is checked for this many times as long as it took: guessing gets a quarter of a core. */
const REST_FACTOR = 3;
/** That of a password that nobody has, for a user that nobody is; as dear as that of the real ones. */
const DECOY_SALT_AND_HASH = 'QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';

interface Waiting {
  readonly key: string;
  readonly password: string;
  readonly hash: string;
  readonly isUser: boolean;
  readonly address: string;
  readonly resolve: (result: AuthResult) => void;
}

/**
 * Checks users and passwords against bcrypt hashes, as exporter-toolkit does: one at a time, and never twice the same. An
 * unknown user takes as long as a known one.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  /** Names what was asked without holding it: a heap dump has no password of ours. */
  readonly #secret = randomBytes(32);
  readonly #right = new Map<string, true>();
  readonly #wrong = new Map<string, true>();
  readonly #pending = new Map<string, Promise<AuthResult>>();
  readonly #waiting: Waiting[] = [];
  #isChecking = false;
  /** Told once, not for each client that asks meanwhile. */
  #isFailing = false;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** @param address of the client; all of one address share its places in the queue */
  authenticate(
    { user, password }: Credentials,
    { users, address }: { readonly users: ReadonlyMap<string, string>; readonly address: string },
  ): Promise<AuthResult> {
    const found = users.get(user);
    const hash = found ?? decoyFor(users);
    const key = this.#keyOf([user, hash, password]);
    if (this.#right.has(key)) return Promise.resolve('right');
    if (this.#wrong.has(key)) return Promise.resolve('wrong');
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const ofAddress = this.#waiting.filter((waiting) => waiting.address === address).length;
    if (this.#waiting.length >= MAX_WAITING || ofAddress >= MAX_WAITING_PER_ADDRESS)
      return Promise.resolve('busy');
    const result = new Promise<AuthResult>((resolve) =>
      this.#waiting.push({ key, password, hash, isUser: found !== undefined, address, resolve }),
    );
    this.#pending.set(key, result);
    this.#checkNext();
    return result;
  }

  stop(): void {
    for (const waiting of this.#waiting.splice(0)) waiting.resolve('failed');
  }

  #checkNext(): void {
    if (this.#isChecking) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#isChecking = true;
    const begunMs = this.#options.nowMs();
    void this.#check(next).then((result) => {
      this.#pending.delete(next.key);
      next.resolve(result);
      const tookMs = this.#options.nowMs() - begunMs;
      const restMs = result === 'right' ? 0 : REST_FACTOR * tookMs;
      this.#options.after(restMs, () => {
        this.#isChecking = false;
        this.#checkNext();
      });
    });
  }

  async #check({ key, password, hash, isUser }: Waiting): Promise<AuthResult> {
    try {
      const isRight = (await this.#options.checker.check(password, hash)) && isUser;
      this.#isFailing = false;
      keep(isRight ? this.#right : this.#wrong, key);
      return isRight ? 'right' : 'wrong';
    } catch (error: unknown) {
      if (!this.#isFailing) this.#options.onError(error);
      this.#isFailing = true;
      return 'failed';
    }
  }

  #keyOf(parts: readonly string[]): string {
    return createHmac('sha256', this.#secret).update(JSON.stringify(parts)).digest('base64');
  }
}

/** The oldest makes room. */
function keep(kept: Map<string, true>, key: string): void {
  kept.set(key, true);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_ANSWERS && oldest !== undefined) kept.delete(oldest);
}

function decoyFor(users: ReadonlyMap<string, string>): string {
  const costs = [...users.values()].map((hash) => Number(/^\$2[aby]?\$(\d\d)\$/.exec(hash)?.[1] ?? 10));
  const cost = Math.max(...costs, 4);
  return `$2y$${String(cost).padStart(2, '0')}$${DECOY_SALT_AND_HASH}`;
}
