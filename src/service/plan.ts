/** What is done, in this order; each can be done again without harm. */
export type Step =
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  /** A file, or a directory with what is in it; none is no failure. */
  | { readonly kind: 'remove'; readonly path: string }
  | {
      readonly kind: 'run';
      readonly argv: readonly string[];
      /** It may refuse, because there is nothing to do. */
      readonly mayFail?: true;
      /** It may refuse until what was there before has gone: how often to try, a second apart; absent: once. */
      readonly tries?: number;
    }
  /** Asks until the answer is no: what was told to end takes its time, and may write until then. */
  | { readonly kind: 'await-gone'; readonly argv: readonly string[] };

/** How the file of the service is found beside what it should be. */
export type Found = 'absent' | 'same' | 'other';

/** Something without which there is no service, and what to do where it is missing. */
export interface Reach {
  readonly argv: readonly string[];
  readonly advice: string;
}

/** The exporter as a service of this machine's service manager. */
export interface ServicePlan {
  /** `a systemd user unit`. */
  readonly what: string;
  /** The file that defines it, and what is to be in it. */
  readonly path: string;
  readonly text: string;
  /** Each fails where nothing can be done at all. */
  readonly reach: readonly Reach[];
  install(found: Found): readonly Step[];
  /** Nothing of the service is left afterwards: neither counters nor logs. */
  readonly uninstall: readonly Step[];
  /** Prints how it stands. */
  readonly status: readonly string[];
  /** Whether what `status` printed says that it runs. */
  isRunning(status: string): boolean;
  /** Where its log is read. */
  readonly log: string;
}

/** How the service starts, and for whom. */
export interface ServiceFacts {
  /** Node, the script, `serve` and its flags; paths are absolute. */
  readonly command: readonly string[];
  readonly version: string;
  readonly home: string;
}

/** The name of the unit and of the directories that it gets. */
export const SERVICE_NAME = 'openclaw-liveness-exporter';
