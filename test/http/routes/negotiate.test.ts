import express, { type Request } from 'express';
import { describe, expect, it } from 'vitest';
import { acceptsGzip, negotiateFormat } from '../../../src/http/routes/negotiate.ts';

function asking(headers: Readonly<Record<string, string | undefined>>): Request {
  return Object.create(express.request, { headers: { value: headers } }) as Request;
}

describe('the format for an Accept header', () => {
  it.each([
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    [
      'Prometheus 3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics',
    ],
    [
      'Prometheus that prefers protobuf',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics',
    ],
    [
      'a scraper that prefers text',
      'text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5',
      'text',
    ],
    ['curl', '*/*', 'text'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
    ['nobody', undefined, 'text'],
    ['an empty header', '', 'text'],
    ['one that cannot be met', 'image/png', 'text'],
    ['garbage', ';;;,q=,/;q=x', 'text'],
    ['OpenMetrics without a version', 'application/openmetrics-text', 'openmetrics'],
    ['a future OpenMetrics only', 'application/openmetrics-text;version=2.0.0', 'text'],
    ['OpenMetrics refused', 'application/openmetrics-text;version=1.0.0;q=0,*/*', 'text'],
    ['OpenMetrics refused and nothing else named', 'application/openmetrics-text;q=0', 'text'],
    ['text refused, anything else welcome', 'text/plain;q=0,*/*', 'openmetrics'],
    ['both alike, OpenMetrics first', 'application/openmetrics-text;version=1.0.0,text/plain', 'openmetrics'],
    ['both alike, text first', 'text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0', 'text'],
    [
      'a named format beats a wildcard of the same quality',
      '*/*,application/openmetrics-text',
      'openmetrics',
    ],
    ['a range of types', 'application/*', 'openmetrics'],
    ['upper case, blanks and quotes', 'Application/OpenMetrics-Text ; Version="1.0.0" ; Q=1', 'openmetrics'],
  ] as const)('of %s', (_who, accept, format) => {
    expect(negotiateFormat(asking({ accept }))).toBe(format);
  });
});

describe('gzip', () => {
  it.each([
    ['gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['*', true],
    ['GZIP', true],
    ['gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['*;q=0', false],
    ['identity', false],
    ['identity;q=1, gzip;q=0.5', false],
    ['br, zstd', false],
    ['', false],
    [undefined, false],
  ] as const)('for %j is %s', (header, wanted) => {
    expect(acceptsGzip(asking({ 'accept-encoding': header }))).toBe(wanted);
  });
});
