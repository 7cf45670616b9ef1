import { readFileSync } from 'node:fs';
import { opensslCiphers } from '../../../src/config/web/tls-vocabulary.ts';
import type { HashChecker } from '../../../src/http/security/hash-checker.ts';
import { NO_POLICY, type TlsPolicy, type WebPolicy } from '../../../src/http/security/web-policy.ts';

/** One of test/fixtures/tls/web. */
export function pem(file: string): string {
  return readFileSync(new URL(`../../fixtures/tls/web/${file}`, import.meta.url), 'utf8');
}

export function aTlsPolicy(overrides: Partial<TlsPolicy> = {}): TlsPolicy {
  return {
    cert: pem('server.pem'),
    key: pem('server.key'),
    notAfterMs: Date.UTC(2120, 0, 1),
    clientAuth: 'NoClientCert',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: opensslCiphers([]),
    prefersServerCiphers: true,
    ...overrides,
  };
}

export function aWebPolicy(overrides: Partial<WebPolicy> = {}): WebPolicy {
  return { ...NO_POLICY, ...overrides };
}

/** `Authorization` of a user with a password. */
export function basic(user: string, password: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** Checks nothing: a hash is the word `hash-of-` and the password. Remembers what it was asked, and answers when told to. */
export class FakeHashChecker implements HashChecker {
  readonly asked: { readonly password: string; readonly hash: string }[] = [];
  failure: Error | undefined;
  #held: (() => void)[] | undefined;

  /** From now on answers wait for {@link release}. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    for (const answer of this.#held?.splice(0) ?? []) answer();
  }

  async check(password: string, hash: string): Promise<boolean> {
    this.asked.push({ password, hash });
    if (this.#held !== undefined) await new Promise<void>((resolve) => this.#held?.push(resolve));
    if (this.failure !== undefined) throw this.failure;
    return hash === `hash-of-${password}`;
  }
}
