import { hashSync } from 'bcryptjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createProcessHashChecker } from '../../../src/http/security/process-hash-checker.ts';

const checker = createProcessHashChecker();
afterAll(() => {
  checker.stop();
});

describe('a child process that checks passwords', () => {
  // Of the toolkit's own documentation, and of other tools: `htpasswd` writes 2y, most libraries 2b or 2a.
  it.each(['2a', '2b', '2y'])('knows hashes of version %s', async (version) => {
    const hash = hashSync('wonderland', 4).replace('$2b$', `$${version}$`);
    expect(await checker.check('wonderland', hash)).toBe(true);
    expect(await checker.check('Wonderland', hash)).toBe(false);
  });

  it('holds up nothing meanwhile', async () => {
    const hash = hashSync('wonderland', 4).replace('$04$', '$11$');
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 1);
    await checker.check('wonderland', hash);
    clearInterval(turning);
    // On this thread the check would leave none.
    expect(turns).toBeGreaterThan(10);
  });

  it('starts anew after it was ended', async () => {
    checker.stop();
    expect(await checker.check('a', hashSync('a', 4))).toBe(true);
  });
});
