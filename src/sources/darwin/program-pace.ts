/**
 * `ps` and `lsof` are run this often at most: once in five looks, of which each comes a little more than a second after the
 * last. Below five seconds, so that what one reading said of a stopped process is never taken for five seconds of it.
 */
export const PS_EVERY_MS = 4_500;
