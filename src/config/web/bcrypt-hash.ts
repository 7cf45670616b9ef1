/** What Go's bcrypt reads, which the toolkit uses: version 2, 2a, 2b or 2y, the cost, 22 characters of salt and 31 of hash. */
const HASH = /^\$2[aby]?\$(?<cost>\d\d)\$[./A-Za-z0-9]{53}$/;

/** A check of this takes about ten times as long as one of the usual 10: a scraper would have left. */
export const MAX_BCRYPT_COST = 16;
/** From here on the first check takes longer than a second. */
export const SLOW_BCRYPT_COST = 14;

/** The cost of a bcrypt hash, the logarithm of its rounds; `undefined` when it is none. */
export function bcryptCost(hash: string): number | undefined {
  const cost = Number(HASH.exec(hash)?.groups?.cost ?? Number.NaN);
  return cost >= 4 && cost <= 31 ? cost : undefined;
}
