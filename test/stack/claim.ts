import type { Cleanup } from '../real/harness/cleanup.ts';
import type { StackBinaries } from './harness/stack-binaries.ts';
import type { PathToPage } from './path-to-page.ts';

/** One line of the outcome. */
export interface Finding {
  readonly what: string;
  readonly passed: boolean;
  /** What was seen, in a few words. */
  readonly seen: string;
}

export interface ClaimContext {
  readonly binaries: StackBinaries;
  readonly cleanup: Cleanup;
  readonly record: (finding: Finding) => void;
  /** A time from a fault to its page, for the documentation. */
  readonly measured: (path: PathToPage) => void;
}

/** A sentence about the whole stack, and the story that would disprove it. */
export interface Claim {
  readonly name: string;
  readonly says: string;
  readonly run: (context: ClaimContext) => Promise<void>;
}
