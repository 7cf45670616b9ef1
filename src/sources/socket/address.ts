import { isIPv4, isIPv6 } from 'node:net';

/**
 * One spelling for each IP address, so that two can be compared as texts: IPv4 dotted, also where it is mapped into
 * IPv6 (`::ffff:127.0.0.1`); IPv6 as 32 hexadecimal digits. `undefined`: not an address.
 */
export function canonicalAddress(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  if (isIPv4(bare)) return bare;
  return isIPv6(bare) ? canonicalIPv6(expandIPv6(bare)) : undefined;
}

/** Writes 16 bytes in network order, given as 32 hexadecimal digits, as `canonicalAddress` does. */
export function canonicalIPv6(hex: string): string {
  const digits = hex.toLowerCase();
  return digits.startsWith('00000000000000000000ffff') ? dotted(digits.slice(24)) : digits;
}

/** Writes four bytes in network order, given as 8 hexadecimal digits, as dotted IPv4. */
export function dotted(hex: string): string {
  return [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');
}

function expandIPv6(text: string): string {
  // `::ffff:10.0.0.1`: the last four bytes in dotted form.
  const plain = text.replace(/[^:]*\.[^:]*$/, (ipv4) => {
    const bytes = ipv4.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
    return `${bytes.slice(0, 2).join('')}:${bytes.slice(2).join('')}`;
  });
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(zeros).fill('0'), ...after]
    .map((group) => group.padStart(4, '0'))
    .join('');
}

const LOOPBACK: readonly string[] = ['127.0.0.1', expandIPv6('::1')];

/**
 * The addresses that a host stands for without asking anybody; `undefined`: it is a name to be resolved.
 * Dialling the unspecified address means this machine.
 */
export function knownAddresses(host: string): readonly string[] | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return LOOPBACK;
  const address = canonicalAddress(name);
  if (address === undefined) return undefined;
  return address === '0.0.0.0' || /^0+$/.test(address) ? LOOPBACK : [address];
}
