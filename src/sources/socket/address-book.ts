import { lookup } from 'node:dns/promises';
import { elapsedMs, type Instant } from '../../core/index.ts';
import type { Clock } from '../source.ts';
import { canonicalAddress, knownAddresses } from './address.ts';

/** Answers with all addresses of a host; rejects when it has none. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

/** Asks as the node host does: hosts file, then DNS. */
export const resolveWithSystem: ResolveHost = async (host) => {
  const answers = await lookup(host, { all: true });
  return answers.map((it) => it.address);
};

/** Names move seldom, and a resolver is not ours to load. */
const FRESH_MS = 60_000;
/** Hosts behind a rotating DNS answer with few addresses at a time and many in the long run. */
const MAX_ADDRESSES = 256;

interface Entry {
  readonly addresses: Set<string>;
  askedAt: Instant;
  isAsking: boolean;
}

/**
 * Remembers the addresses of hosts. Never waits: what is not known yet is asked for aside.
 *
 * All addresses a name ever had are kept: a connection that was opened before the name moved still goes to the old one.
 */
export class AddressBook {
  readonly #options: { readonly resolve: ResolveHost; readonly clock: Clock };
  readonly #entries = new Map<string, Entry>();

  constructor(options: { readonly resolve: ResolveHost; readonly clock: Clock }) {
    this.#options = options;
  }

  /** The host's addresses, as `canonicalAddress` writes them; `undefined`: not known (yet). */
  addressesOf(host: string): ReadonlySet<string> | undefined {
    const known = knownAddresses(host);
    if (known !== undefined) return new Set(known);

    const now = this.#options.clock.now();
    const entry = this.#entries.get(host) ?? { addresses: new Set<string>(), askedAt: now, isAsking: false };
    const isNew = !this.#entries.has(host);
    this.#entries.set(host, entry);
    if (!entry.isAsking && (isNew || elapsedMs(entry.askedAt, now) >= FRESH_MS)) this.#ask(host, entry, now);
    return entry.addresses.size === 0 ? undefined : entry.addresses;
  }

  #ask(host: string, entry: Entry, now: Instant): void {
    entry.askedAt = now;
    entry.isAsking = true;
    void this.#options
      .resolve(host)
      // An unknown name is no failure of this source: the port alone is compared until it is known.
      .catch(() => [])
      .then((answers) => {
        for (const answer of answers) {
          const address = canonicalAddress(answer);
          if (address !== undefined && entry.addresses.size < MAX_ADDRESSES) entry.addresses.add(address);
        }
        entry.isAsking = false;
      });
  }
}
