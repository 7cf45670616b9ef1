import { endpointText, isSameEndpoint, type Endpoint } from '../core/index.ts';
import { addressOf, gatewayLabel } from './gateway-url.ts';
import { formatOrigin, problemAt, whoSaid, type Origin, type Said } from './origin.ts';
import type { ConfigProblem } from './problem.ts';
import type { GatewaySettings } from './schema.ts';
import { MAX_NAME_LENGTH, NAME } from './forms.ts';
import { formatKey } from './key-path.ts';

/** What is wrong with a list of gateways as a whole, each entry of which its schema accepts. */
export function findGatewayProblems(
  gateways: readonly GatewaySettings[],
  said: Said,
): readonly ConfigProblem[] {
  if (gateways.length === 0) return [];
  return [...findSingleGateway(said), ...findTwins(gateways, said)];
}

/** Settings that name the one gateway to watch. */
const SINGLE_GATEWAY = ['url', 'token_file', 'tls_fingerprint', 'log'] as const;

/** Which of the two somebody means, nobody can tell: a flag may be left from before there was a list. */
function findSingleGateway(said: Said): readonly ConfigProblem[] {
  const list = formatOrigin(whoSaid(said, ['gateways']));
  return SINGLE_GATEWAY.flatMap((leaf) => {
    const origin = said.get(`gateway.${leaf}`);
    if (origin === undefined) return [];
    const message = `is for a single gateway, but ${list} lists gateways; ${howToTakeBack(origin)}, or give up the list (each of its entries has a ${leaf} of its own).`;
    return [problemAt(said, ['gateway', leaf], message)];
  });
}

function howToTakeBack(origin: Origin): string {
  switch (origin.kind) {
    case 'flag':
      return 'leave the flag out';
    case 'environment':
      return 'unset the variable';
    case 'file':
    case 'default':
      return 'remove it here';
  }
}

type Entry = GatewaySettings & { readonly index: number };

/** Entries that share address or name with one before them. */
function findTwins(gateways: readonly GatewaySettings[], said: Said): readonly ConfigProblem[] {
  const firstByAddress = new Map<string, Entry>();
  const firstByName = new Map<string, Entry>();
  return gateways.flatMap((gateway, index): readonly ConfigProblem[] => {
    const entry = { ...gateway, index };
    const { url } = entry;
    const problem = (leaf: string, message: string): readonly ConfigProblem[] => [
      problemAt(said, ['gateways', index, leaf], message),
    ];
    const address = firstSeen(firstByAddress, addressKey(addressOf(url)), entry);
    if (address !== entry) return problem('url', describeSameAddress(url, address));
    const name = entry.name ?? gatewayLabel(url);
    if (name.length > MAX_NAME_LENGTH) {
      const message = `host and port of its url make a name of ${name.length} characters; allowed: ${NAME.allowed}. Give it one.`;
      return problem('name', message);
    }
    const namesake = firstSeen(firstByName, name, entry);
    return namesake === entry ? [] : problem('name', describeSameName(entry, name, namesake));
  });
}

/** The first that came with this key: `entry` itself, or one before it. */
export function firstSeen<T>(seen: Map<string, T>, key: string, entry: T): T {
  const first = seen.get(key) ?? entry;
  seen.set(key, first);
  return first;
}

/** Alike for addresses of which a node host that dials the one dials the other. */
function addressKey(address: Endpoint): string {
  const loopback = { host: 'localhost', port: address.port };
  return endpointText(isSameEndpoint(address, loopback) ? loopback : address);
}

function describeSameAddress(url: string, { url: otherUrl, index }: Entry): string {
  const [found, known] = [gatewayLabel(url), gatewayLabel(otherUrl)];
  const spelt = found === known ? '' : ` (${known})`;
  return `${found} is the address of ${formatKey(['gateways', index])} too${spelt}; remove one of them: by the address that a node host dials it is told which gateway it belongs to.`;
}

function describeSameName({ name: written }: Entry, name: string, { index }: Entry): string {
  const quoted = JSON.stringify(name);
  const twin = formatKey(['gateways', index]);
  return written === undefined
    ? `host and port of its url make the name ${quoted}, which is that of ${twin} too; give it one of its own.`
    : `found ${quoted}, which is the name of ${twin} too; give each its own.`;
}
