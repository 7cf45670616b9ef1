import { endpointText, isSameEndpoint, type Endpoint } from '../core/index.ts';
import type { KeyPath } from './file.ts';
import { addressOf, gatewayLabel } from './gateway-url.ts';
import { formatKey } from './layer.ts';
import type { OriginIndex } from './origin-index.ts';
import { formatOrigin, type Origin } from './origin.ts';
import type { ConfigProblem } from './problem.ts';
import type { GatewaySettings } from './schema.ts';
import { allowedAt, MAX_NAME_LENGTH } from './settings.ts';

/** What is beside a list of gateways. */
export interface GatewayListContext {
  /** What was taken out of the settings because its schema refuses it. */
  readonly faults: readonly KeyPath[];
  readonly origins: Pick<OriginIndex, 'of' | 'exactly'>;
}

/** What is wrong with a list of gateways as a whole, each entry of which its schema accepts. */
export function findGatewayProblems(
  gateways: readonly GatewaySettings[],
  { faults, origins }: GatewayListContext,
): readonly ConfigProblem[] {
  const faulty = new Set(faults.filter(([section]) => section === 'gateways').map(([, index]) => index));
  // An entry that lost what was wrong with it may lack an address, or look like another one.
  const sound = gateways.flatMap((gateway, index) => (faulty.has(index) ? [] : [{ ...gateway, index }]));
  return [...(gateways.length > 0 ? findSingleGateway(origins) : []), ...findTwins(sound, origins)];
}

/** Settings that name the one gateway to watch. */
const SINGLE_GATEWAY = ['url', 'token_file', 'tls_fingerprint'] as const;

/** Which of the two somebody means, nobody can tell: a flag may be left from before there was a list. */
function findSingleGateway(origins: GatewayListContext['origins']): readonly ConfigProblem[] {
  const list = formatOrigin(origins.of(['gateways']));
  return SINGLE_GATEWAY.flatMap((leaf) => {
    const path = ['gateway', leaf];
    const origin = origins.exactly(path);
    if (origin === undefined) return [];
    const message = `is for a single gateway, but ${list} lists gateways; ${howToTakeBack(origin)}, or give up the list (each of its entries has a ${leaf} of its own).`;
    return [{ where: formatOrigin(origin), key: formatKey(path), message }];
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

/** Entries without an address, and those that share address or name with one before them. */
function findTwins(entries: readonly Entry[], origins: Pick<OriginIndex, 'of'>): readonly ConfigProblem[] {
  const problem = (path: KeyPath, message: string): ConfigProblem => ({
    where: formatOrigin(origins.of(path)),
    key: formatKey(path),
    message,
  });
  const firstByAddress = new Map<string, Entry>();
  const firstByName = new Map<string, Entry>();
  return entries.flatMap((entry): readonly ConfigProblem[] => {
    const { url, index } = entry;
    const at = (leaf: string): KeyPath => ['gateways', index, leaf];
    if (url === undefined) {
      return [problem(at('url'), `found nothing; allowed: ${allowedAt('gateways[].url')}.`)];
    }
    const address = firstSeen(firstByAddress, addressKey(addressOf(url)), entry);
    if (address !== entry) return [problem(at('url'), describeSameAddress(url, address))];
    const name = entry.name ?? gatewayLabel(url);
    if (name.length > MAX_NAME_LENGTH) {
      const message = `host and port of its url make a name of ${name.length} characters; allowed: ${allowedAt('gateways[].name')}. Give it one.`;
      return [problem(at('name'), message)];
    }
    const namesake = firstSeen(firstByName, name, entry);
    return namesake === entry ? [] : [problem(at('name'), describeSameName(entry, name, namesake))];
  });
}

function firstSeen(seen: Map<string, Entry>, key: string, entry: Entry): Entry {
  const first = seen.get(key) ?? entry;
  seen.set(key, first);
  return first;
}

/** Alike for addresses of which a node host that dials the one dials the other. */
function addressKey(address: Endpoint): string {
  const loopback = { host: 'localhost', port: address.port };
  return endpointText(isSameEndpoint(address, loopback) ? loopback : address);
}

function describeSameAddress(url: string, { url: otherUrl = '', index }: Entry): string {
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
