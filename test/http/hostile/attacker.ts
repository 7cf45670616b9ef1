import { ATTACKS, type Attack } from './attacks.ts';

/* A process of hostile clients: which attack, on which port, for how many seconds. */
const [attack = 'none', port, seconds] = process.argv.slice(2);
await ATTACKS[attack as Attack]({
  port: Number(port),
  stop: AbortSignal.timeout(Number(seconds) * 1_000),
});
process.exit(0);
