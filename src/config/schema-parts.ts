import { z } from 'zod';
import type { KeyPath } from './key-path.ts';

/*
 * What the schemas of both files are made of. The message of every leaf is what is allowed there; mistakes.ts writes the
 * sentence around it. Only what needs more than `found …; allowed: …` is refused with a sentence of its own.
 */

/** Marks a message that is a whole sentence. */
const ADVICE = { advice: true } as const;

export function isAdvice(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params?.advice === true;
}

interface Validation {
  readonly issues: z.core.$ZodRawIssue[];
}

/** Refuses what is at `path` with a whole sentence. What was found is not told: it may be a credential. */
export function refuse({ issues }: Validation, message: string, path: KeyPath = []): typeof z.NEVER {
  issues.push({ code: 'custom', path: [...path], message, params: ADVICE, input: undefined });
  return z.NEVER;
}

/** A section that was left empty (all its lines commented out, say) is as good as absent. Unknown keys are refused. */
export function section<S extends z.core.$ZodShape>(shape: S) {
  return z.preprocess((found) => found ?? {}, z.strictObject(shape));
}

/** What `parse` makes of `schema`'s value; where it makes nothing, what is allowed is told. */
function parsedFrom<In, T>(schema: z.ZodType<In>, parse: (value: In) => T | undefined, allowed: string) {
  return schema.transform((value, { issues }) => {
    const meaning = parse(value);
    if (meaning !== undefined) return meaning;
    issues.push({ code: 'custom', message: allowed, input: value });
    return z.NEVER;
  });
}

/** The same of text. */
export function parsed<T>(parse: (text: string) => T | undefined, allowed: string) {
  return parsedFrom(z.string(allowed), parse, allowed);
}

/** The same of text or a number, such as a duration. */
export function parsedQuantity<T>(parse: (written: string | number) => T | undefined, allowed: string) {
  return parsedFrom(z.union([z.string(), z.number()], allowed), parse, allowed);
}
