import { hashSync } from '@node-rs/bcrypt';
import { describe, expect, it } from 'vitest';
import { BCRYPT } from '../../../src/http/security/hash-checker.ts';

describe('the check of a password', () => {
  // `htpasswd` writes 2y, most libraries 2b or 2a; Go's takes one without a letter too.
  it.each(['2', '2a', '2b', '2y'])('knows hashes of version %s', async (version) => {
    const hash = hashSync('wonderland', 4).replace('$2b$', `$${version}$`);
    expect(await BCRYPT.check('wonderland', hash)).toBe(true);
    expect(await BCRYPT.check('Wonderland', hash)).toBe(false);
  });

  it('agrees with the hash of exporter-toolkit’s own documentation', async () => {
    const hash = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';
    expect(await BCRYPT.check('fakepassword', hash)).toBe(true);
  });

  it('takes no account of what follows 72 bytes, as every bcrypt', async () => {
    expect(await BCRYPT.check('x'.repeat(100), hashSync('x'.repeat(72), 4))).toBe(true);
  });

  it('holds up nothing meanwhile', async () => {
    const hash = hashSync('wonderland', 4).replace('$04$', '$11$');
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 1);
    await BCRYPT.check('wonderland', hash);
    clearInterval(turning);
    // On this thread the check would leave none.
    expect(turns).toBeGreaterThan(10);
  });
});
