import { formatListenAddress } from '../config/listen-address.ts';
import { EXIT } from '../runtime/exit-code.ts';
import type { ListenFailure, ListenPlace } from '../http/server/listen-place.ts';

/** What to do about an address that cannot be had. One that is in use may be free later. */
export function explainListenFailure(failure: ListenFailure): {
  readonly message: string;
  readonly exitCode: number;
} {
  const message = `cannot listen on ${describePlace(failure.place)}: ${explain(failure)}`;
  return { message, exitCode: failure.kind === 'in-use' ? EXIT.failed : EXIT.configuration };
}

function describePlace(place: ListenPlace): string {
  if (place.kind !== 'inherited') return formatListenAddress(place);
  return `the socket that systemd passed as descriptor ${place.fd}${place.name === '' ? '' : ` (${place.name})`}`;
}

function explain({ kind, place, code }: ListenFailure): string {
  const path = place.kind === 'unix' ? place.path : '';
  switch (kind) {
    case 'in-use':
      return place.kind === 'tcp'
        ? `the port is in use, perhaps by another exporter (ss -ltnp 'sport = :${place.port}' names it). Stop that one, or choose another address with --web.listen-address.`
        : `somebody listens there, perhaps another exporter (ss -lxp names it). Stop that one, or choose another path with --web.listen-address.`;
    case 'permission':
      return place.kind === 'unix'
        ? `not permitted (${code}); the directory must be writable for the user that runs the exporter. Choose another path with --web.listen-address.`
        : `not permitted (${code}); ports below 1024 need privileges. Choose a higher port with --web.listen-address.`;
    case 'no-such-address':
      return `this machine has no such address (${code}). Choose one of its own with --web.listen-address, or 127.0.0.1.`;
    case 'bad-address':
      return `the name is no address (${code}). Correct --web.listen-address.`;
    case 'no-directory':
      return `its directory does not exist (${code}); make it, or choose another path with --web.listen-address.`;
    case 'not-a-socket':
      return `something is there that is no socket, and it is not ours to remove. Move ${path} away, or choose another path with --web.listen-address.`;
    case 'not-listening':
      return `it is no socket that listens (${code}); the .socket unit needs ListenStream= and Accept=no.`;
    default:
      return kind satisfies never;
  }
}
