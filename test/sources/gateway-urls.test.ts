import { describe, expect, it } from 'vitest';
import { healthUrl, healthUrlThrough } from '../../src/sources/gateway-urls.ts';

describe('the health URL', () => {
  it.each([
    ['ws://127.0.0.1:18789', 'http://127.0.0.1:18789/health'],
    ['wss://gw.example.net', 'https://gw.example.net/health'],
    ['wss://gw.example.net:8443/openclaw/', 'https://gw.example.net:8443/openclaw/health'],
    ['ws://[::1]:18789/', 'http://[::1]:18789/health'],
    ['https://gw.example.net/a/b', 'https://gw.example.net/a/b/health'],
    // What only the WebSocket needs, or nobody should see, stays out of it.
    ['ws://user:pass@127.0.0.1:1/x?token=t#y', 'http://127.0.0.1:1/x/health'],
  ])('of %s is %s', (gateway, health) => {
    expect(healthUrl(gateway).href).toBe(health);
  });

  it('exists for WebSocket and HTTP URLs only', () => {
    expect(() => healthUrl('ftp://gw.example.net')).toThrow(/must start with ws:\/\/.*got ftp:/);
  });

  it('through a tunnel keeps scheme and prefix', () => {
    const gateway = healthUrl('wss://gw.example.net/openclaw');
    expect(healthUrlThrough(gateway, { host: '::1', port: 9 })?.href).toBe('https://[::1]:9/openclaw/health');
  });

  it.each(['gw.lan:18789', 'fe80::1%eth0', 'a b', ''])('through %j does not exist', (host) => {
    expect(healthUrlThrough(healthUrl('ws://127.0.0.1:1'), { host, port: 9 })).toBeUndefined();
  });

  it.each([
    ['wss://gw.lan', undefined, 'https:'],
    ['ws://gw.lan', undefined, 'http:'],
    ['wss://gw.lan', false, 'http:'],
    ['ws://gw.lan', true, 'https:'],
  ])('of %s is tried by TLS %s as %s: unknown TLS is the gateway’s own', (gateway, tls, protocol) => {
    const url = healthUrlThrough(healthUrl(gateway), { host: 'tunnel.lan', port: 9 }, tls);
    expect(url?.protocol).toBe(protocol);
  });
});
