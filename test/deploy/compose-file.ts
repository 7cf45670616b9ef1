import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Paths in a compose file start at its own folder. */
const FOLDER = 'deploy';

export interface Service {
  readonly image?: string;
  readonly network_mode?: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

/** A file or directory of this repository that a container sees at `target`. */
export interface Mount {
  /** Below the repository's root. */
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
}

export function readRepositoryYaml(path: string): unknown {
  return parse(readFileSync(join(ROOT, path), 'utf8'));
}

export function readCompose(name: string): ComposeFile {
  return readRepositoryYaml(join(FOLDER, name)) as ComposeFile;
}

/** `${NAME:-default}` at its default. */
function interpolated(text: string): string {
  return text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
}

/** Bind mounts; volumes of Docker's own are left out. */
export function mountsOf({ volumes = [] }: Service): readonly Mount[] {
  return volumes.map(interpolated).flatMap((text) => {
    const [source = '', target = '', mode = 'rw'] = text.split(':');
    return source.startsWith('.')
      ? [{ source: join(FOLDER, source), target, isReadOnly: mode === 'ro' }]
      : [];
  });
}

/** As `docker compose -f base -f override` merges them, as far as these files need: scalars and lists of mounts. */
export function merged(base: ComposeFile, override: ComposeFile): ComposeFile {
  const services = Object.entries(base.services).map(([name, service]): [string, Service] => {
    const over = override.services[name] ?? {};
    const targets = new Set((over.volumes ?? []).map((text) => interpolated(text).split(':')[1]));
    const kept = (service.volumes ?? []).filter((text) => !targets.has(interpolated(text).split(':')[1]));
    return [
      name,
      {
        ...service,
        ...over,
        volumes: [...kept, ...(over.volumes ?? [])],
        environment: { ...service.environment, ...over.environment },
      },
    ];
  });
  return { ...base, services: Object.fromEntries(services) };
}

/** The value of a flag of a command. */
export function flagOf({ command = [] }: Service, name: string): string | undefined {
  return command.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
}
