import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_NODE_COUNTERS } from '../../../src/core/model/counters.ts';
import type { NodeSnapshot, Transition } from '../../../src/core/model/snapshot.ts';
import { CATALOGUE, familyOf } from '../../../src/exporters/catalogue.ts';
import { seriesOf } from '../../../src/exporters/metric.ts';
import { OTLP_PROTOCOLS } from '../../../src/exporters/otlp/otlp-settings.ts';
import { otelDescriptorOf } from '../../../src/exporters/otel-name.ts';
import { SCHEMA_URL } from '../../../src/exporters/otlp/resource.ts';
import { createPrometheusExporter } from '../../../src/exporters/prometheus.ts';
import { parseText } from '../../helpers/parse-exposition.ts';
import { aRichSnapshot } from '../../helpers/rich-snapshot.ts';
import { ago, aNode, aRemoteNode, aSnapshot, aZombie, NOW } from '../../helpers/snapshots.ts';
import { anOtlpExporter, CONTEXT, INSTANCE_ID, settingsFor } from './an-otlp-exporter.ts';
import {
  hexId,
  plainAttributes,
  plainValue,
  type DataPoint,
  type LogRecord,
  type Metric,
} from './otlp-messages.ts';
import { startReceiver, type OtlpReceiver } from './otlp-receiver.ts';

const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1_000)) * 1_000n);

function metricsOf(receiver: OtlpReceiver): readonly Metric[] {
  return receiver
    .all('metrics')
    .flatMap(({ request }) => request.resourceMetrics ?? [])
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
}

/** A large collection comes in several requests, and a metric may be cut in two. */
function pointsOf(receiver: OtlpReceiver, name: string): readonly DataPoint[] {
  return metricsOf(receiver)
    .filter((metric) => metric.name === name)
    .flatMap(({ gauge, sum }) => (sum ?? gauge)?.dataPoints ?? []);
}

function eventsOf(receiver: OtlpReceiver): readonly LogRecord[] {
  return receiver
    .all('logs')
    .flatMap(({ request }) => request.resourceLogs ?? [])
    .flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
}

function stateChanges(receiver: OtlpReceiver): readonly LogRecord[] {
  return eventsOf(receiver).filter(({ eventName }) => eventName === 'openclaw.nodehost.state_change');
}

/** Series as text, in any order. */
function series(samples: readonly { readonly labels: object; readonly value: number }[]): readonly string[] {
  return samples
    .map(({ labels, value }) => `${JSON.stringify(Object.entries(labels).toSorted())} ${value}`)
    .toSorted();
}

/** To Prometheus an empty label is none, and none is sent. */
function known(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

/** Its log told that it was refused and then parked, until it was approved. */
const OUTAGE: readonly Transition[] = [
  { from: 'starting', to: 'alive', at: ago(5_000), reasons: ['attached'], why: 'attached' },
  {
    from: 'alive',
    to: 'reconnecting',
    at: ago(200),
    reasons: ['attempt-not-overdue'],
    why: 'its next attempt is due in 2 s',
  },
  { from: 'reconnecting', to: 'zombie', at: ago(150), reasons: ['silent'], why: 'no attempt came for 31 s' },
];
const BACK: Transition = {
  from: 'zombie',
  to: 'alive',
  at: ago(10),
  reasons: ['attached'],
  why: 'attached again',
};

const zombie = (): NodeSnapshot =>
  aZombie({
    name: 'Büro <1>',
    nodeId: 'a1b2',
    version: '2026.9.6',
    remedy: {
      kind: 'restart',
      scope: 'local',
      service: { manager: 'launchd', domain: 'gui/501', label: 'ai.openclaw.node' },
    },
    lastDisconnect: ago(203),
    transitions: OUTAGE,
    evidence: {
      process: {
        pid: 4711,
        incarnation: '4711:1',
        kernelState: 'sleeping',
        startedAtWallMs: ago(9_000).wallMs,
        cpuSeconds: 1.5,
        residentBytes: 1_000,
      },
      socket: { endpoint: { host: '127.0.0.1', port: 18789 }, state: 'none', unreadBytes: 0 },
    },
  });

const backAgain = (): NodeSnapshot =>
  aNode({
    name: 'Büro <1>',
    nodeId: 'a1b2',
    lastDisconnect: ago(203),
    lastConnect: ago(11),
    transitions: [...OUTAGE, BACK],
  });

describe.each(OTLP_PROTOCOLS)('over %s', (protocol) => {
  let receiver: OtlpReceiver;

  beforeEach(async () => {
    receiver = await startReceiver(protocol);
  });
  afterEach(() => receiver.close());

  it('every metric of the catalogue has the values that /metrics has at the same instant', async () => {
    const snapshot = aRichSnapshot();
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol), {
      snapshot: () => snapshot,
    });
    await exporter.shutdown();
    const render = createPrometheusExporter({
      snapshot: () => snapshot,
      context: () => CONTEXT,
      selfMetrics: { families: () => Promise.resolve([]) },
    });
    const scraped = new Map(
      parseText((await render('text')).toString()).map((family) => [family.name, family]),
    );

    expect(scraped.size).toBe(CATALOGUE.length);
    for (const metric of CATALOGUE) {
      const { name } = metric;
      const sent = pointsOf(receiver, otelDescriptorOf(metric).name).map(
        ({ attributes, asDouble, asInt }) => ({
          labels: plainAttributes(attributes),
          value: asDouble ?? Number(asInt),
        }),
      );
      expect(sent.length, name).toBeGreaterThan(0);
      expect(series(sent), name).toEqual(
        series(
          (scraped.get(name)?.samples ?? []).map(({ labels, value }) => ({ labels: known(labels), value })),
        ),
      );
    }
    expect(new Set(metricsOf(receiver).map(({ name }) => name)).size).toBe(CATALOGUE.length);
  });

  it('nothing is told before every viewpoint has looked', async () => {
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol), { isReady: () => false });
    await exporter.shutdown();
    expect(receiver.requests).toBe(0);
  });

  it('every metric has the unit, the kind and the meaning that the documentation promises', async () => {
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol));
    await exporter.shutdown();
    for (const metric of CATALOGUE) {
      const otel = otelDescriptorOf(metric);
      const sent = metricsOf(receiver).find(({ name }) => name === otel.name);
      expect(sent).toMatchObject({
        description: metric.help,
        // The wire has no empty text.
        ...(otel.unit !== '' && { unit: otel.unit }),
      });
      if (otel.kind === 'gauge') {
        expect(sent?.gauge).toBeDefined();
      } else {
        expect(sent?.sum).toMatchObject({
          isMonotonic: true,
          aggregationTemporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE',
        });
      }
    }
  });

  it('points are of the instant of the snapshot, and a counter begins when it was zero', async () => {
    const since = ago(1_000_000).wallMs;
    const snapshot = aSnapshot({
      nodes: [
        aNode({ counters: { ...NO_NODE_COUNTERS, since, connects: 3 } }),
        aRemoteNode({ name: 'Old', counters: NO_NODE_COUNTERS }),
        aRemoteNode({ name: 'Future', counters: { ...NO_NODE_COUNTERS, since: NOW.wallMs + 60_000 } }),
      ],
    });
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol), {
      snapshot: () => snapshot,
    });
    await exporter.shutdown();
    const starts = Object.fromEntries(
      pointsOf(receiver, 'openclaw.nodehost.connects').map((point): readonly [string, string] => {
        expect(point.timeUnixNano).toBe(nanos(NOW.wallMs));
        return [String(plainAttributes(point.attributes).node_host), point.startTimeUnixNano ?? '0'];
      }),
    );
    expect(starts).toEqual({
      NodeA: nanos(since),
      // Not known is OTLP's 0, and a clock that was set back makes no counter begin in the future.
      Old: '0',
      Future: nanos(NOW.wallMs),
    });
  });

  it('everything says who sends it, under an id that stays', async () => {
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol));
    exporter.transition(BACK, backAgain());
    await exporter.shutdown();
    const resources = [
      ...receiver.all('metrics').flatMap(({ request }) => request.resourceMetrics ?? []),
      ...receiver.all('logs').flatMap(({ request }) => request.resourceLogs ?? []),
      ...receiver.all('traces').flatMap(({ request }) => request.resourceSpans ?? []),
    ].map(({ resource }) => plainAttributes(resource?.attributes));
    expect(resources.length).toBeGreaterThanOrEqual(3);
    for (const resource of resources) {
      expect(resource).toMatchObject({
        'service.name': 'openclaw-liveness-exporter',
        'service.version': '1.2.3',
        'service.instance.id': INSTANCE_ID,
        'host.name': hostname(),
        'deployment.environment.name': 'lab',
      });
      expect(resource).toHaveProperty(['host.arch']);
    }
  });

  it('the operator’s own attributes go before ours', async () => {
    const settings = settingsFor(receiver.url, protocol, {
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=x,service.instance.id=mine,team=a%2Cb%3Dc',
      OTEL_SERVICE_NAME: 'eyes',
    });
    const { exporter } = await anOtlpExporter(settings);
    await exporter.shutdown();
    const [first] = receiver.all('metrics')[0]?.request.resourceMetrics ?? [];
    expect(plainAttributes(first?.resource?.attributes)).toMatchObject({
      'service.name': 'eyes',
      'service.instance.id': 'mine',
      team: 'a,b=c',
    });
  });

  it('headers come along, and a compressed request is the same request', async () => {
    const { exporter } = await anOtlpExporter(
      settingsFor(receiver.url, protocol, { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }),
    );
    await exporter.shutdown();
    const [first] = receiver.all('metrics');
    expect(first?.headers).toMatchObject({ 'x-tenant': 'acme' });
    expect(first?.headers['user-agent']).toMatch(/^openclaw-liveness-exporter\/1\.2\.3 /);
    if (protocol === 'http/protobuf') expect(first?.headers['content-encoding']).toBe('gzip');
    expect(pointsOf(receiver, 'openclaw.nodehost.live')).toHaveLength(aRichSnapshot().nodes.length);
  });

  it('a restart by recovery is a log event, and what came of it another, in the span of the outage', async () => {
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol));
    const acts = (): readonly LogRecord[] =>
      eventsOf(receiver).filter(({ eventName }) => eventName === 'openclaw.nodehost.recovery');
    exporter.transition(OUTAGE[2]!, zombie());
    exporter.recovery({ kind: 'started', at: ago(100), words: 'restarted by systemctl: silent' }, zombie());
    const words = 'restarted, and attached after 12.3 s';
    exporter.recovery(
      { kind: 'ended', at: ago(5), outcome: 'attached', attachedAfterMs: 12_300, words },
      backAgain(),
    );
    exporter.recovery({ kind: 'ended', at: ago(1), outcome: 'refused', words: 'no such unit' }, zombie());
    await receiver.until(() => acts().length === 3);
    await exporter.shutdown();
    const told = acts().map(({ severityText, attributes }) => {
      const {
        'openclaw.nodehost.recovery.step': step,
        'openclaw.nodehost.recovery.outcome': outcome,
        'openclaw.nodehost.recovery.attached_after': after,
        'openclaw.nodehost.name': name,
      } = plainAttributes(attributes);
      return [severityText, step, outcome, after, name];
    });
    expect(told).toEqual([
      ['WARN', 'started', undefined, undefined, 'Büro <1>'],
      ['INFO', 'ended', 'attached', 12.3, 'Büro <1>'],
      ['WARN', 'ended', 'refused', undefined, 'Büro <1>'],
    ]);
    expect(acts()[0]).toMatchObject({ timeUnixNano: nanos(ago(100).wallMs) });
    const [change] = stateChanges(receiver);
    const spans = acts().map(({ spanId }) => spanId && hexId(spanId));
    expect(spans).toEqual([0, 1, 2].map(() => change?.spanId && hexId(change.spanId)));
  });

  it('a change of state is a log event with from, to, reasons and evidence', async () => {
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol));
    exporter.transition(OUTAGE[2]!, zombie());
    await receiver.until(() => stateChanges(receiver).length > 0);
    await exporter.shutdown();
    const records = stateChanges(receiver);
    expect(records).toHaveLength(1);
    const [record] = records;
    expect(record).toMatchObject({
      eventName: 'openclaw.nodehost.state_change',
      severityText: 'WARN',
      timeUnixNano: nanos(ago(150).wallMs),
    });
    expect(plainValue(record?.body)).toBe(
      'node host "Büro <1>": reconnecting -> zombie. no attempt came for 31 s',
    );
    expect(plainAttributes(record?.attributes)).toEqual({
      'openclaw.gateway.name': '127.0.0.1:18789',
      'openclaw.nodehost.name': 'Büro <1>',
      'openclaw.nodehost.scope': 'local',
      'openclaw.nodehost.id': 'a1b2',
      'openclaw.nodehost.version': '2026.9.6',
      'openclaw.nodehost.from_state': 'reconnecting',
      'openclaw.nodehost.to_state': 'zombie',
      'openclaw.nodehost.reasons': ['silent'],
      'openclaw.nodehost.why': 'no attempt came for 31 s',
      'openclaw.nodehost.remedy': 'restart',
      'openclaw.nodehost.advice': 'Restart it: `launchctl kickstart -k gui/501/ai.openclaw.node`.',
      'openclaw.nodehost.live': false,
      'openclaw.nodehost.ready': false,
      'openclaw.nodehost.evidence': {
        process: {
          running: true,
          pid: 4711,
          kernelState: 'sleeping',
          startedAt: new Date(ago(9_000).wallMs).toISOString(),
          cpuSeconds: 1.5,
          residentBytes: 1_000,
        },
        socket: { endpoint: { host: '127.0.0.1', port: 18789 }, state: 'none', unreadBytes: 0 },
      },
    });
  });

  it('a change of state after which there is nothing to do advises nothing', async () => {
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol));
    exporter.transition(BACK, backAgain());
    await receiver.until(() => stateChanges(receiver).length > 0);
    await exporter.shutdown();
    const [record] = stateChanges(receiver);
    const attributes = plainAttributes(record?.attributes);
    expect(attributes).toMatchObject({
      'openclaw.nodehost.to_state': 'alive',
      'openclaw.nodehost.remedy': 'none',
    });
    expect(attributes).not.toHaveProperty(['openclaw.nodehost.advice']);
  });

  it('each node is an entity, reported at once', async () => {
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol));
    await exporter.shutdown();
    const entities = eventsOf(receiver).filter(({ eventName }) => eventName === 'entity.state');
    expect(
      entities.map(({ attributes }) => {
        const {
          'entity.type': type,
          'entity.id': id,
          'entity.report.interval': interval,
        } = plainAttributes(attributes);
        return { type, id, interval: Number(interval) };
      }),
    ).toEqual(
      aRichSnapshot().nodes.map(({ gateway, name }) => ({
        type: 'openclaw.nodehost',
        id: { 'openclaw.gateway.name': gateway, 'openclaw.nodehost.name': name },
        interval: 300,
      })),
    );
  });

  it('names are those of a version of the conventions, in resource and scope of each signal', async () => {
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol));
    exporter.transition(BACK, backAgain());
    await exporter.shutdown();
    const urls = [
      ...receiver.all('metrics').flatMap(({ request }) => request.resourceMetrics ?? []),
      ...receiver.all('logs').flatMap(({ request }) => request.resourceLogs ?? []),
      ...receiver.all('traces').flatMap(({ request }) => request.resourceSpans ?? []),
    ].flatMap((sent) => {
      const scopes =
        'scopeMetrics' in sent ? sent.scopeMetrics : 'scopeLogs' in sent ? sent.scopeLogs : sent.scopeSpans;
      return [sent.schemaUrl, ...scopes.map(({ schemaUrl }) => schemaUrl)];
    });
    expect(urls.length).toBeGreaterThanOrEqual(6);
    expect(new Set(urls)).toEqual(new Set([SCHEMA_URL]));
  });

  it('an outage is a span from detached to attached, with its verdicts as events, under the ids of its log events', async () => {
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol));
    exporter.transition(OUTAGE[2]!, zombie());
    exporter.transition(BACK, backAgain());
    await exporter.shutdown();
    const spans = receiver
      .all('traces')
      .flatMap(({ request }) => request.resourceSpans ?? [])
      .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: found }) => found));
    expect(spans).toHaveLength(1);
    const [span] = spans;
    expect(span).toMatchObject({
      name: 'openclaw.nodehost.outage',
      startTimeUnixNano: nanos(ago(203).wallMs),
      endTimeUnixNano: nanos(ago(11).wallMs),
      status: { code: 'STATUS_CODE_ERROR', message: 'no attempt came for 31 s' },
    });
    expect(plainAttributes(span?.attributes)).toMatchObject({
      'openclaw.gateway.name': '127.0.0.1:18789',
      'openclaw.nodehost.name': 'Büro <1>',
      'openclaw.nodehost.outage.states': ['reconnecting', 'zombie'],
      'openclaw.nodehost.outage.start_known': true,
    });
    expect(
      span?.events?.map(({ timeUnixNano, attributes }) => [
        timeUnixNano,
        plainAttributes(attributes)['openclaw.nodehost.to_state'],
      ]),
    ).toEqual([
      [nanos(ago(200).wallMs), 'reconnecting'],
      [nanos(ago(150).wallMs), 'zombie'],
      [nanos(ago(10).wallMs), 'alive'],
    ]);
    const records = stateChanges(receiver);
    expect(records.map(({ traceId, spanId }) => [hexId(traceId), hexId(spanId)])).toEqual([
      [hexId(span?.traceId), hexId(span?.spanId)],
      [hexId(span?.traceId), hexId(span?.spanId)],
    ]);
    expect(hexId(span?.traceId)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('1,000 node hosts come in requests that a collector takes, none missing', async () => {
    const snapshot = aSnapshot({
      nodes: Array.from({ length: 1_000 }, (_, index) => aNode({ name: `node-${index}` })),
    });
    const { exporter } = await anOtlpExporter(settingsFor(receiver.url, protocol), {
      snapshot: () => snapshot,
    });
    await exporter.shutdown();
    const expected = CATALOGUE.reduce(
      (sum, metric) => sum + seriesOf(familyOf(metric, { snapshot, context: CONTEXT })).length,
      0,
    );
    const sent = metricsOf(receiver).reduce(
      (sum, metric) => sum + ((metric.sum ?? metric.gauge)?.dataPoints.length ?? 0),
      0,
    );
    expect(sent).toBe(expected);
    expect(receiver.all('metrics').length).toBeGreaterThan(10);
  });
});
