import { addressOf } from '../config/gateway-url.ts';
import type { TargetId } from '../core/index.ts';
import { urlOf, type Dialled } from './gateway-choice.ts';

/** Where node hosts dialled in an earlier run, as its state file tells; what is no such URL is left out. */
export function dialledBefore(saved: Readonly<Record<TargetId, string>>): ReadonlyMap<TargetId, Dialled> {
  return new Map(
    Object.entries(saved).flatMap(([target, url]): [TargetId, Dialled][] => {
      if (!/^wss?:\/\//.test(url) || !URL.canParse(url)) return [];
      return [[target, { endpoint: addressOf(url), tls: url.startsWith('wss:') }]];
    }),
  );
}

/** The same for the next run; an address that makes no URL is not worth remembering. */
export function dialledAfterwards(
  dialled: ReadonlyMap<TargetId, Dialled>,
): Readonly<Record<TargetId, string>> {
  return Object.fromEntries(
    [...dialled].flatMap(([target, at]) => {
      const url = urlOf(at);
      return url === undefined ? [] : [[target, url] as const];
    }),
  );
}
