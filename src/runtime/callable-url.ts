/**
 * Why what a file holds is no address that can be called, as the end of a sentence about that file; `undefined`: it is one.
 * Says nothing of the address, which may hold a secret.
 */
export function whyNotCallable(text: string): string | undefined {
  const address = text.trim();
  if (address === '') return 'is empty; write the URL into it';
  if (/\s/.test(address)) return 'holds more than one URL or line; leave one';
  const url = URL.parse(address);
  if (url === null) return 'holds no URL; write one that begins with https:// or http://';
  if (!/^https?:$/.test(url.protocol))
    return 'holds a URL that cannot be called; write one that begins with https:// or http://';
  if (url.username !== '' || url.password !== '')
    return 'holds a URL with a user or a password before its host, which cannot be called; name one without';
  return undefined;
}
