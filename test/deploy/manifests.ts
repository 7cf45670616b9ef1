import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));

/** One object of Kubernetes, as far as every object has the same shape. */
export const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.unknown(),
});
export type Manifest = z.infer<typeof manifestSchema>;

const KUSTOMIZATION = z.looseObject({
  resources: z.array(z.string()),
  images: z.array(z.object({ name: z.string(), newName: z.string(), newTag: z.string() })).optional(),
});

/** What `kubectl kustomize` prints of a directory that has no patches, but for the namespace that it adds. */
export function kustomize(directory = join(DEPLOY, 'kubernetes')): readonly Manifest[] {
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const { resources, images = [] } = KUSTOMIZATION.parse(parse(read('kustomization.yaml')));
  const found = resources.flatMap((name) =>
    name.endsWith('.yaml') ? manifestsIn(read(name)) : kustomize(join(directory, name)),
  );
  const text = images.reduce(
    (all, { name, newName, newTag }) => all.replaceAll(`"image":"${name}"`, `"image":"${newName}:${newTag}"`),
    JSON.stringify(found),
  );
  return z.array(manifestSchema).parse(JSON.parse(text));
}

export function manifestsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [manifestSchema.parse(value)];
  });
}

const PROBE = z.looseObject({
  exec: z.object({ command: z.array(z.string()) }).optional(),
  httpGet: z.object({ path: z.string(), port: z.string() }).optional(),
  timeoutSeconds: z.number(),
});
export type Probe = z.infer<typeof PROBE>;

const CONTAINER = z.looseObject({
  name: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  livenessProbe: PROBE,
  readinessProbe: PROBE,
});

export const deploymentSpec = z.looseObject({
  selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
  template: z.looseObject({
    metadata: z.object({ labels: z.record(z.string(), z.string()) }),
    spec: z.looseObject({ shareProcessNamespace: z.boolean().optional(), containers: z.array(CONTAINER) }),
  }),
});
