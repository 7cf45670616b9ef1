/** The code of an error of Node (`ENOENT`); `undefined` for whatever else was thrown. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What was thrown, in its own words. */
export function messageOf(error: unknown): string {
  // A host with several addresses gives one error for each, and an empty message.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
