import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAX_BCRYPT_COST } from '../../src/config/web/bcrypt-hash.ts';
import { ALL_SETTINGS } from '../../src/config/settings.ts';
import { LIMITS } from '../../src/http/server/limits.ts';
import { REFUSAL_REASONS } from '../../src/ports/web-status.ts';

const TEXT = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');

/** The row of the table of limits that names a reason; several have the same. */
function rows(reason: string): string {
  return TEXT.split('\n')
    .filter((line) => line.startsWith('|') && line.includes(`\`${reason}\``))
    .join('\n');
}

describe('docs/security.md', () => {
  it('names every reason for which a client is refused, and no other', () => {
    const [, ...named] = [...TEXT.matchAll(/\| `([a-z_]+)` +\|$/gm)].map(([, reason]) => reason);
    expect([...new Set(named)].sort()).toEqual([...REFUSAL_REASONS].sort());
  });

  it('has the limits as they are', () => {
    expect(rows('connection_limit')).toContain(
      `${LIMITS.maxConnections} connections, ${LIMITS.maxConnectionsPerAddress} of one`,
    );
    expect(rows('tls_handshake')).toContain(`within ${LIMITS.handshakeTimeoutMs / 1000} s`);
    expect(rows('slow_client')).toContain(
      `headers within ${LIMITS.headersTimeoutMs / 1000} s, the whole request within ${LIMITS.requestTimeoutMs / 1000} s`,
    );
    expect(rows('slow_client')).toContain(
      `taken within ${LIMITS.responseTimeoutMs / 1000} s, something of it every ${LIMITS.socketTimeoutMs / 1000} s`,
    );
    expect(rows('bad_request')).toContain(`${LIMITS.maxHeaderBytes / 1024} KiB of headers`);
    expect(rows('body')).toContain(`${LIMITS.maxBodyBytes / 1024} KiB`);
    const { default: maxRequests } = ALL_SETTINGS.find(({ key }) => key === 'web.max_requests') ?? {};
    expect(rows('scrape_limit')).toContain(`\`web.max_requests\` (${String(maxRequests)})`);
    expect(TEXT).toContain(`cost above ${MAX_BCRYPT_COST} are refused`);
  });

  it('names every setting of the section web', () => {
    const own = ALL_SETTINGS.filter(({ key }) => key.startsWith('web.'));
    const elsewhere = ['web.enable_lifecycle', 'web.created_timestamps'];
    for (const { key, flag } of own.filter((setting) => !elsewhere.includes(setting.key))) {
      expect(TEXT.includes(key) || TEXT.includes(flag ?? key), key).toBe(true);
    }
  });
});

it('Kubernetes waits for a probe longer than curl does: one that takes too long fails, and a dead exporter would kill', () => {
  // Those of deploy/kubernetes are run (test/deploy/kubernetes.test.ts).
  const probes = [...TEXT.matchAll(/^(?:live|readi)nessProbe:\n(?: .*\n)+/gm)].map(([probe]) => probe);
  expect(probes).toHaveLength(1);
  for (const probe of probes) {
    const [, curlSeconds] = /curl [^']*-m (\d+)/.exec(probe) ?? [];
    const [, probeSeconds] = /timeoutSeconds: (\d+)/.exec(probe) ?? [];
    expect(Number(probeSeconds)).toBeGreaterThan(Number(curlSeconds));
  }
});
