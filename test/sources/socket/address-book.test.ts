import { expect, it } from 'vitest';
import { AddressBook } from '../../../src/sources/socket/address-book.ts';
import { ManualTime, settle } from '../../helpers/manual-time.ts';

function book(answers: readonly (readonly string[] | Error)[]): {
  book: AddressBook;
  time: ManualTime;
  asked: string[];
} {
  const time = new ManualTime();
  const asked: string[] = [];
  const resolve = (host: string): Promise<readonly string[]> => {
    const answer = answers[asked.length] ?? new Error('asked too often');
    asked.push(host);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { book: new AddressBook({ resolve, clock: time }), time, asked };
}

it('the first question is not waited for; its answer is there at the next', async () => {
  const { book: addresses } = book([['10.0.0.1', '::ffff:10.0.0.2']]);
  expect(addresses.addressesOf('gw')).toBeUndefined();
  await settle();
  expect([...(addresses.addressesOf('gw') ?? [])]).toEqual(['10.0.0.1', '10.0.0.2']);
});

it('a name is asked for once a minute, and keeps the addresses it had', async () => {
  const { book: addresses, time, asked } = book([['10.0.0.1'], ['10.0.0.2']]);
  addresses.addressesOf('gw');
  await time.advance(59_999);
  addresses.addressesOf('gw');
  expect(asked).toEqual(['gw']);
  await time.advance(1);
  addresses.addressesOf('gw');
  await settle();
  expect(asked).toEqual(['gw', 'gw']);
  expect([...(addresses.addressesOf('gw') ?? [])]).toEqual(['10.0.0.1', '10.0.0.2']);
});

it('a name that cannot be resolved stays unknown, and loses nothing that was known', async () => {
  const { book: addresses, time } = book([new Error('ENOTFOUND'), ['10.0.0.1'], new Error('EAI_AGAIN')]);
  addresses.addressesOf('gw');
  await time.advance(60_000);
  expect(addresses.addressesOf('gw')).toBeUndefined();
  await time.advance(60_000);
  addresses.addressesOf('gw');
  await settle();
  expect([...(addresses.addressesOf('gw') ?? [])]).toEqual(['10.0.0.1']);
});

it('a resolver that hangs is asked once', async () => {
  const time = new ManualTime();
  let asked = 0;
  const hanging = (): Promise<readonly string[]> => {
    asked += 1;
    return new Promise(() => undefined);
  };
  const addresses = new AddressBook({ resolve: hanging, clock: time });
  for (let minute = 0; minute < 3; minute += 1) {
    expect(addresses.addressesOf('gw')).toBeUndefined();
    await time.advance(60_000);
  }
  expect(asked).toBe(1);
});

it('an address and localhost are never asked for', () => {
  const { book: addresses, asked } = book([]);
  expect([...(addresses.addressesOf('10.0.0.9') ?? [])]).toEqual(['10.0.0.9']);
  expect(addresses.addressesOf('localhost')?.has('127.0.0.1')).toBe(true);
  expect(asked).toEqual([]);
});
