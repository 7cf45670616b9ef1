import { stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { FileSystem } from '../config/file-system.ts';
import { formatProblem, type ConfigProblem } from '../config/problem.ts';
import { loadWebConfig, type WebConfigResult } from '../config/web/load-web-config.ts';
import type { WebPolicy } from '../http/security/web-policy.ts';
import { codeOf } from '../runtime/error-parts.ts';
import type { WebConfigStatus } from '../ports/web-status.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

export interface LiveWebConfigOptions {
  /** Absolute. */
  readonly path: string;
  readonly fileSystem: FileSystem;
  /** Says, without reading it, whether a file is the one it was. Never rejects. */
  readonly stamp?: (path: string) => Promise<string>;
  /** Unix time in milliseconds. */
  readonly wallMs: () => number;
  readonly telemetry: Pick<Telemetry, 'webConfigLoaded' | 'webConfigRejected' | 'configDoubtful'>;
}

export type LiveWebConfigStart =
  | { readonly ok: true; readonly web: LiveWebConfig }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

type Loaded = Extract<WebConfigResult, { readonly ok: true }>;

/**
 * A web config file that is read again when it, or a certificate, a key or a CA that it names, is another. What cannot
 * be used is told once and changes nothing: the last good one stays until there is a better one.
 */
export class LiveWebConfig {
  readonly #options: LiveWebConfigOptions;
  #loaded: Loaded;
  #loadedMs: number;
  /** What is looked at: the files in force, and those of an attempt that failed. */
  #files: readonly string[];
  /** How they were before they were read; empty: they are to be read again. */
  #stamps = '';
  /** What is wrong with the files as they are; empty while they are in force. */
  #problem = '';

  private constructor(options: LiveWebConfigOptions, loaded: Loaded) {
    this.#options = options;
    this.#loaded = loaded;
    this.#loadedMs = options.wallMs();
    this.#files = loaded.files;
  }

  /**
   * The first look: without a good one there is nothing to go on with. What is doubtful in it was told with the rest of
   * the configuration.
   */
  static async start(options: LiveWebConfigOptions): Promise<LiveWebConfigStart> {
    const loaded = await loadWebConfig(options.path, options.fileSystem, options.wallMs());
    return loaded.ok ? { ok: true, web: new LiveWebConfig(options, loaded) } : loaded;
  }

  get policy(): WebPolicy {
    return this.#loaded.policy;
  }

  status(): WebConfigStatus {
    const { tls } = this.#loaded.policy;
    return {
      isLastReloadSuccessful: this.#problem === '',
      loadedMs: this.#loadedMs,
      ...(tls !== undefined && { certificateNotAfterMs: tls.notAfterMs }),
    };
  }

  /** Reads again what changed. Returns the policy that takes the place of another, if one does. */
  async look(): Promise<WebPolicy | undefined> {
    const { path, fileSystem, wallMs, telemetry } = this.#options;
    const stamps = await this.#stampFiles();
    if (stamps === this.#stamps) return undefined;
    const loaded = await loadWebConfig(path, fileSystem, wallMs());
    const files = loaded.ok ? loaded.files : [...new Set([...this.#loaded.files, ...loaded.files])];
    // A file that was named only now was read before anybody looked at its stamp: it is read once more.
    this.#stamps = isDeepStrictEqual(files, this.#files) ? stamps : '';
    this.#files = files;
    if (!loaded.ok) {
      const problem = loaded.problems.map(formatProblem).join('; ');
      if (problem !== this.#problem) telemetry.webConfigRejected({ path, message: problem });
      this.#problem = problem;
      return undefined;
    }
    const isRecovered = this.#problem !== '';
    const isChanged = !isDeepStrictEqual(loaded.policy, this.#loaded.policy);
    this.#problem = '';
    if (!isChanged && !isRecovered) return undefined;
    this.#loaded = loaded;
    this.#loadedMs = wallMs();
    telemetry.webConfigLoaded({ path });
    for (const warning of loaded.warnings) telemetry.configDoubtful({ message: formatProblem(warning) });
    return isChanged ? loaded.policy : undefined;
  }

  async #stampFiles(): Promise<string> {
    const { stamp = stampOf } = this.#options;
    return (await Promise.all(this.#files.map(stamp))).join('\n');
  }
}

/** Symbolic links are followed: Kubernetes replaces a mounted secret by turning a link. */
async function stampOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mode } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs, mode].join(':');
  } catch (error: unknown) {
    return codeOf(error) ?? String(error);
  }
}
