import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

/** Each file has one mistake (but one, which has three), and this is all that is said about it. */
const MESSAGES: Readonly<Record<string, readonly string[]>> = {
  'invalid-boolean.yml': [
    'invalid-boolean.yml:2: probe.enabled: found "yes, please"; allowed: true or false.',
  ],
  'invalid-file-is-a-list.yml': [
    'invalid-file-is-a-list.yml:1: found a list; allowed: sections (web, gateway, gateways, nodes, probe, recovery, state, log, limits, notify, thresholds).',
  ],
  'invalid-file-is-text.yml': [
    'invalid-file-is-text.yml:1: found text; allowed: sections (web, gateway, gateways, nodes, probe, recovery, state, log, limits, notify, thresholds).',
  ],
  'invalid-fingerprint.yml': [
    'invalid-fingerprint.yml:2: gateway.tls_fingerprint: found "12:34"; allowed: 64 hexadecimal digits, with or without colons.',
  ],
  'invalid-gateway-url-credentials.yml': [
    'invalid-gateway-url-credentials.yml:2: gateway.url: found a URL with credentials in it (not shown); remove them: a URL ends up in logs and labels. Put the token in a file and name it in gateway.token_file.',
  ],
  'invalid-gateway-url-query.yml': [
    'invalid-gateway-url-query.yml:2: gateway.url: found a URL with a query or a fragment (not shown); write it without: the gateway needs neither.',
  ],
  'invalid-gateway-url-scheme.yml': [
    'invalid-gateway-url-scheme.yml:2: gateway.url: found "ftp://gateway.example"; allowed: ws://, wss://, http:// or https:// followed by host[:port][/path], or host:port.',
  ],
  'invalid-gateway-url.yml': [
    'invalid-gateway-url.yml:2: gateway.url: found "gateway.example"; allowed: ws://, wss://, http:// or https:// followed by host[:port][/path], or host:port.',
  ],
  'invalid-json-number.json': [
    'invalid-json-number.json:3: limits.max_nodes: found -1; allowed: a whole number from 1 to 100000.',
  ],
  'invalid-listen-address.yml': [
    'invalid-listen-address.yml:2: web.listen_address: found 9789; allowed: host:port, :port for every address of the machine, [IPv6]:port, or unix:path.',
  ],
  'invalid-listen-port.yml': [
    'invalid-listen-port.yml:2: web.listen_address: found "127.0.0.1:97890"; allowed: host:port, :port for every address of the machine, [IPv6]:port, or unix:path.',
  ],
  'invalid-log-format.yml': ['invalid-log-format.yml:2: log.format: found "logfmt"; allowed: text or json.'],
  'invalid-log-level.yml': [
    'invalid-log-level.yml:2: log.level: found "loud"; allowed: debug, info, warn or error.',
  ],
  'invalid-node-is-text.yml': [
    'invalid-node-is-text.yml:2: nodes[0]: found text; allowed: a section with any of state_dir, pid_file, systemd_unit, launchd_label, name, log, user_unit, node_id.',
  ],
  'invalid-node-name-twice.yml': [
    'invalid-node-name-twice.yml:3: nodes[1].name: found "nodea", which is the name of nodes[0] too; give each its own.',
  ],
  'invalid-node-name.yml': [
    'invalid-node-name.yml:2: nodes[0].name: found ""; allowed: a name of 1 to 128 characters on one line.',
  ],
  'invalid-node-twice.yml': [
    'invalid-node-twice.yml:3: nodes[1]: the same node host as nodes[0] (state-dir:/var/lib/openclaw); remove one of them.',
  ],
  'invalid-node-two-locators.yml': [
    'invalid-node-two-locators.yml:2: nodes[0]: found state_dir and systemd_unit; name the node host in one way only: remove all but one.',
  ],
  'invalid-node-user-unit-alone.yml': [
    'invalid-node-user-unit-alone.yml:3: nodes[0].user_unit: found user_unit without systemd_unit; remove it, or name the unit.',
  ],
  'invalid-nodes-not-a-list.yml': [
    'invalid-nodes-not-a-list.yml:1: nodes: found a section (key: value); allowed: a list (lines that start with "- ").',
  ],
  'invalid-null-value.yml': [
    'invalid-null-value.yml:2: log.level: found nothing; allowed: debug, info, warn or error.',
  ],
  'invalid-number-in-quotes.yml': [
    'invalid-number-in-quotes.yml:2: limits.max_nodes: found "1000"; allowed: a whole number from 1 to 100000.',
  ],
  'invalid-number-range.yml': [
    'invalid-number-range.yml:2: limits.forget_nodes_after_days: found 0; allowed: a whole number from 1 to 3650.',
  ],
  'invalid-number.yml': [
    'invalid-number.yml:2: limits.max_nodes: found 1.5; allowed: a whole number from 1 to 100000.',
  ],
  'invalid-probe-interval.yml': [
    'invalid-probe-interval.yml:2: probe.interval: timeout (3s) is not below interval (2s): a probe must end before the next begins.',
  ],
  'invalid-probe-timeout.yml': [
    'invalid-probe-timeout.yml:2: probe.interval: timeout (3s) is not below interval (3s): a probe must end before the next begins.',
  ],
  'invalid-section-is-text.yml': [
    'invalid-section-is-text.yml:1: gateway: found text; allowed: a section with any of url, token_file, tls_fingerprint, log.',
  ],
  'invalid-several.yml': [
    'invalid-several.yml:2: web.listen_adress: unknown key. Did you mean "listen_address"?',
    'invalid-several.yml:4: log.level: found "loud"; allowed: debug, info, warn or error.',
    'invalid-several.yml:6: limits.max_nodes: found "many"; allowed: a whole number from 1 to 100000.',
  ],
  'invalid-threshold-duration.yml': [
    'invalid-threshold-duration.yml:2: thresholds.futile_after: found "10 minutes"; allowed: a duration such as 90s, 10m, 1h30m or 500ms, or a number of seconds, from 1ms to 7d.',
  ],
  'invalid-threshold-factor.yml': [
    'invalid-threshold-factor.yml:2: thresholds.overdue_factor: found 0.5; allowed: a number from 1 to 100.',
  ],
  'invalid-threshold-negative.yml': [
    'invalid-threshold-negative.yml:2: thresholds.down_after: found -5; allowed: a duration such as 90s, 10m, 1h30m or 500ms, or a number of seconds, from 1ms to 7d.',
  ],
  'invalid-threshold-order-of-default.yml': [
    'invalid-threshold-order-of-default.yml:3: thresholds.pulse_max: pulse_min (40s) is above pulse_max (10s); lower the one or raise the other.',
  ],
  'invalid-threshold-order.yml': [
    'invalid-threshold-order.yml:2: thresholds.pulse_min: pulse_min (1m30s) is above pulse_max (1m15s); lower the one or raise the other.',
  ],
  'invalid-threshold-unknown.yml': [
    'invalid-threshold-unknown.yml:2: thresholds.futile_after_ms: unknown key. Did you mean "futile_after"?',
  ],
  'invalid-tick.yml': [
    'invalid-tick.yml:2: thresholds.tick: found "1m"; allowed: a duration such as 90s, 10m, 1h30m or 500ms, or a number of seconds, from 100ms to 10s.',
  ],
  'invalid-token-as-path.yml': [
    'invalid-token-as-path.yml:2: gateway.token_file: found a list; allowed: the path of a file that holds the token.',
  ],
  'invalid-token-in-file.yml': [
    'invalid-token-in-file.yml:3: gateway.token: unknown key (its value is not shown): a credential does not belong in this file. Put the token in a file of its own (mode 0600) and set gateway.token_file.',
  ],
  'invalid-unknown-key-camel-case.yml': [
    'invalid-unknown-key-camel-case.yml:2: web.listenAddress: unknown key. Did you mean "listen_address"?',
  ],
  'invalid-unknown-key-of-another-section.yml': [
    'invalid-unknown-key-of-another-section.yml:2: web.max_nodes: unknown key. Did you mean limits.max_nodes?',
  ],
  'invalid-unknown-key-of-nothing.yml': [
    'invalid-unknown-key-of-nothing.yml:3: log.colour_of_the_sky: unknown key; remove it. Known here: level, format.',
  ],
  'invalid-unknown-key.yml': [
    'invalid-unknown-key.yml:2: web.listen_adress: unknown key. Did you mean "listen_address"?',
  ],
  'invalid-unknown-section.yml': ['invalid-unknown-section.yml:3: webb: unknown key. Did you mean "web"?'],
  'invalid-yaml-duplicate-key.yml': [
    'invalid-yaml-duplicate-key.yml:3: not valid YAML: the key "log" is written twice; join the two.',
  ],
  'invalid-yaml-tab.yml': [
    'invalid-yaml-tab.yml:2: not valid YAML: Tabs are not allowed as indentation (indent with spaces).',
  ],
  'invalid-yaml-tag.yml': ['invalid-yaml-tag.yml:2: not valid YAML: Unresolved tag: !secret.'],
  'invalid-yaml-unclosed.yml': [
    'invalid-yaml-unclosed.yml:3: not valid YAML: Flow map in block collection must be sufficiently indented and end with a }.',
  ],
};

describe('a configuration file with a mistake', () => {
  it.each(Object.entries(MESSAGES))('%s is refused with its message', async (file, messages) => {
    const loaded = await loadConfig({
      flags: [{ flag: '--config.file', value: file }],
      environment: { HOME: '/home/user' },
      cwd: FIXTURES,
    });
    expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual(messages);
  });

  it('has its message here, each of them', () => {
    const files = readdirSync(FIXTURES).filter((file) => file.startsWith('invalid-'));
    expect(Object.keys(MESSAGES).toSorted()).toEqual(files.toSorted());
  });

  it('never shows the credential that was written into it', () => {
    for (const [file, messages] of Object.entries(MESSAGES))
      expect(messages.join('\n'), file).not.toContain('5ec12e7a');
  });
});
