import type { SourceErrorKind } from '../core/index.ts';

/** A look that could not be taken, with its kind: what an adapter throws and a source reports. */
export class LookFailure extends Error {
  readonly kind: SourceErrorKind;

  constructor(kind: SourceErrorKind, message: string) {
    super(message);
    this.name = 'LookFailure';
    this.kind = kind;
  }
}

/** Of anything thrown during a look. */
export function failureKindOf(error: unknown): SourceErrorKind {
  return error instanceof LookFailure ? error.kind : 'other';
}
