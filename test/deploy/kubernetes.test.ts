import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../src/config/load.ts';
import { parseCommandLine } from '../../src/cli/program.ts';
import { deploymentSpec, kustomize, manifestsIn, type Manifest, type Probe } from './manifests.ts';

const inRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(inRepository(path), 'utf8');

const MODELS: Readonly<Record<string, new (data: never) => { validate(): void }>> = {
  Deployment,
  NetworkPolicy,
  PersistentVolumeClaim,
  PodMonitor,
  PrometheusRule,
};

function validate(manifest: Manifest): void {
  const Model = MODELS[manifest.kind];
  if (Model === undefined) throw new Error(`no model of ${manifest.kind}`);
  new Model(manifest as never).validate();
}

const manifests = kustomize();
const deployments = manifests
  .filter(({ kind }) => kind === 'Deployment')
  .map(({ metadata, spec }) => ({ name: metadata.name, ...deploymentSpec.parse(spec) }));
const containers = deployments.flatMap(({ template }) => template.spec.containers);
const exporters = containers.filter(({ name }) => name === 'liveness-exporter');
const [nodeHost] = containers.filter(({ name }) => name === 'node-host');

describe('deploy/kubernetes', () => {
  it.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
    '%s is what Kubernetes and the operator of Prometheus know',
    (_, manifest) => {
      expect(() => {
        validate(manifest);
      }).not.toThrow();
    },
  );

  it('has models that refuse what they do not know', () => {
    const [deployment] = manifests.filter(({ kind }) => kind === 'Deployment');
    const spec = { ...(deployment?.spec as object), replicas: 'one' };
    expect(() => {
      validate({ ...deployment!, spec });
    }).toThrow();
  });

  it('selects what is there: pods by their labels, ports by their names', () => {
    for (const { selector, template } of deployments) {
      expect(template.metadata.labels).toMatchObject(selector.matchLabels);
      const ports = template.spec.containers.flatMap((container) => container.ports);
      expect(ports).toEqual([{ name: 'liveness', containerPort: 9789 }]);
      for (const { kind, spec } of manifests.filter(({ kind }) =>
        /^(PodMonitor|NetworkPolicy)$/.test(kind),
      )) {
        const { selector: bySelector, podSelector } = spec as Record<string, { matchLabels: object }>;
        const wanted = (kind === 'PodMonitor' ? bySelector : podSelector)?.matchLabels ?? {};
        expect(Object.keys(wanted).length).toBeGreaterThan(0);
        expect(template.metadata.labels).toMatchObject(wanted);
        expect(JSON.stringify(spec)).toContain('"port":"liveness"');
      }
    }
  });

  it('serves where the image listens, and shares processes where a node host is to be seen', () => {
    expect(read('Dockerfile')).toContain('OPENCLAW_LIVENESS_WEB_LISTEN_ADDRESS=:9789');
    expect(
      deployments.find(({ name }) => name.endsWith('node-host'))?.template.spec.shareProcessNamespace,
    ).toBe(true);
  });

  // Fixed: OpenClaw, and its client, refuse a name that is not `.local` over ws://, so that nobody in a pod ever got in.
  it('lets whoever is given the token dial the gateway by its name, which has no TLS', () => {
    const environments = deployments
      .flatMap(({ template }) => template.spec.containers)
      .map(({ env = [] }) => env as readonly { readonly name: string }[]);
    const dialling = environments.filter((env) => env.some(({ name }) => name === 'OPENCLAW_GATEWAY_TOKEN'));
    expect(dialling).toHaveLength(3);
    for (const env of dialling)
      expect(env).toContainEqual({ name: 'OPENCLAW_ALLOW_INSECURE_PRIVATE_WS', value: '1' });
  });

  it('gives flags that the exporter takes', async () => {
    for (const { args } of exporters) {
      const output = { write: (text: string) => text, isTty: false, columns: 80, rows: 24 };
      const parsed = parseCommandLine(args, { stdout: output, stderr: output, version: '0' });
      if (parsed.kind !== 'run' || parsed.invocation.command !== 'serve') throw new Error(args.join(' '));
      const loaded = await loadConfig({
        flags: parsed.invocation.flags,
        environment: { HOME: '/' },
        cwd: '/',
      });
      expect(loaded.ok ? [] : loaded.problems).toEqual([]);
    }
  });
});

// Fixed: the log grew until its volume was full, which evicts the pod, and a healthy node host with it.
it('what a node host writes is shown and kept, and its file does not outgrow its volume', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const log = join(directory, 'node-host.log');
  writeFileSync(join(directory, 'openclaw'), '#!/bin/sh\nseq 1500; echo broken >&2; printf last\n', {
    mode: 0o755,
  });
  const [shell = '', ...rest] = nodeHost?.command ?? [];
  const args = rest.map((arg) => arg.replaceAll('/log/', `${directory}/`));
  const run = (): string =>
    spawnSync(shell, args, { encoding: 'utf8', env: { PATH: `${directory}:${process.env.PATH ?? ''}` } })
      .stdout;
  const lines = [...Array.from({ length: 1_500 }, (_, index) => String(index + 1)), 'broken', 'last', ''];
  expect(run().split('\n')).toEqual(lines);
  expect(readFileSync(log, 'utf8').split('\n')).toEqual(lines);
  truncateSync(log, 100_000_000);
  run();
  expect(readdirSync(directory).sort()).toEqual(['node-host.log', 'node-host.log.1', 'openclaw']);
  expect(readFileSync(log, 'utf8').split('\n')).toEqual(lines);
});

/** An exporter, running, with one port of its own. */
async function anExporter(): Promise<{ readonly port: number; readonly pid: number }> {
  const state = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  const flags = [
    '--web.listen-address=127.0.0.1:0',
    `--state.dir=${state}`,
    '--gateway.url=ws://127.0.0.1:9',
  ];
  const child = spawn(process.execPath, ['--no-warnings', inRepository('src/main.ts'), ...flags], {
    env: { HOME: state, PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(state, { recursive: true, force: true });
  });
  const port = await new Promise<number>((resolve, reject) => {
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      const found = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    child.once('close', () => {
      reject(new Error(log));
    });
  });
  return { port, pid: child.pid ?? 0 };
}

async function run({ exec, timeoutSeconds }: Probe, port: number) {
  const [program = '', ...rest] = (exec?.command ?? []).map((word) => word.replace(':9789', `:${port}`));
  const begun = performance.now();
  const child = spawn(program, rest, { stdio: 'ignore' });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, spareSeconds: timeoutSeconds - (performance.now() - begun) / 1_000 };
}

describe('the probes of the node host', () => {
  const probes = [
    ['liveness', nodeHost!.livenessProbe],
    ['readiness', nodeHost!.readinessProbe],
  ] as const;

  it.each(probes)('%s: a hung exporter fails none, well within its time', async (_, probe) => {
    const { port, pid } = await anExporter();
    process.kill(pid, 'SIGSTOP');
    const { code, spareSeconds } = await run(probe, port);
    expect(code).toBe(0);
    expect(spareSeconds).toBeGreaterThan(probe.timeoutSeconds / 2);
  });

  it.each(probes)('%s: a dead exporter fails none', async (_, probe) => {
    expect((await run(probe, 9)).code).toBe(0);
  });

  it.each([
    [200, 0],
    [503, 1],
    [500, 0],
  ])('an answer of %i ends it with %i', async (status, expected) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.close();
    });
    await once(server, 'listening');
    for (const [, probe] of probes)
      expect((await run(probe, (server.address() as AddressInfo).port)).code).toBe(expected);
    expect(asked).toEqual(['/livez', '/readyz']);
  });

  it('and all others ask for pages that the exporter has', async () => {
    const { port } = await anExporter();
    const paths = [
      ...exporters.flatMap(({ livenessProbe, readinessProbe }) => [
        livenessProbe.httpGet?.path,
        readinessProbe.httpGet?.path,
      ]),
      '/livez',
      '/readyz',
      '/metrics',
    ];
    expect(JSON.stringify(manifests.find(({ kind }) => kind === 'PodMonitor'))).toContain(
      '"path":"/metrics"',
    );
    for (const path of paths)
      expect((await fetch(`http://127.0.0.1:${port}${path ?? '?'}`)).status, path).not.toBe(404);
  });
});

const RENDERED = z.object({
  lint: z.unknown(),
  manifests: z.record(z.string(), z.string()),
});
const helmPython = process.env.HELM_PYTHON;

describe.skipIf(helmPython === undefined)(
  'the chart (skipped: HELM_PYTHON=$(scripts/install-helm.sh))',
  () => {
    const render = (
      values: object = {},
    ): { readonly lint: unknown; readonly manifests: readonly Manifest[] } => {
      const { stdout, stderr } = spawnSync(
        helmPython ?? '',
        [
          inRepository('scripts/render-chart.py'),
          inRepository('deploy/helm/openclaw-liveness-exporter'),
          'openclaw-liveness',
          JSON.stringify(values),
        ],
        { encoding: 'utf8' },
      );
      if (stdout === '') throw new Error(stderr);
      const { lint, manifests: texts } = RENDERED.parse(JSON.parse(stdout));
      return { lint, manifests: Object.values(texts).flatMap(manifestsIn) };
    };
    const byName = (all: readonly Manifest[]): Record<string, unknown> =>
      Object.fromEntries(all.map(({ kind, metadata, spec }) => [`${kind} ${metadata.name}`, spec]));

    it('is the same as deploy/kubernetes with its own values', () => {
      const { manifests: rendered } = render();
      // What a chart says more.
      const text = JSON.stringify(byName(rendered)).replaceAll('"imagePullPolicy":"IfNotPresent",', '');
      expect(JSON.parse(text)).toEqual(byName(manifests));
      for (const manifest of rendered) validate(manifest);
    });

    it('has nothing that helm lint finds', () => {
      expect(render().lint).toMatchObject({ errors: [] });
    });

    it('leaves out what is not wanted, and is still what Kubernetes knows', () => {
      const off = { enabled: false };
      const { manifests: rendered } = render({
        nodeHost: { ...off },
        podMonitor: off,
        prometheusRule: off,
        networkPolicy: off,
      });
      expect(rendered.map(({ kind }) => kind).sort()).toEqual(['Deployment', 'PersistentVolumeClaim']);
    });
  },
);
