import { describe, expect, it } from 'vitest';
import { canonicalAddress, knownAddresses } from '../../../src/sources/socket/address.ts';

describe('an address', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:0a00:0001', '10.0.0.1'],
    ['::1', '00000000000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['2001:DB8::8:800:200c:417a', '20010db80000000000080800200c417a'],
    ['2001:db8:0:0:8:800:200C:417A', '20010db80000000000080800200c417a'],
    ['fe80::1%eth0', 'fe800000000000000000000000000001'],
    ['[::1]', '00000000000000000000000000000001'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
  ])('%s has one spelling', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  it.each(['gateway.example', '', '1.2.3', '256.1.1.1', ':::'])('%s is none', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });
});

it.each(['localhost', 'LOCALHOST.', 'gw.localhost', '0.0.0.0', '::'])(
  '%s is this machine, by IPv4 and IPv6',
  (host) => {
    expect(knownAddresses(host)).toEqual(['127.0.0.1', '00000000000000000000000000000001']);
  },
);

it('a name has to be asked for', () => {
  expect(knownAddresses('gateway.example')).toBeUndefined();
  expect(knownAddresses('10.1.2.3')).toEqual(['10.1.2.3']);
});
