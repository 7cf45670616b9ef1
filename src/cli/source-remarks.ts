import type { SourceDocument } from '../document/nodes-document.ts';

/** A sentence for each source that should see and does not, and what the others say that they cannot see. */
export function sourceRemarks(
  sources: readonly Pick<SourceDocument, 'source' | 'enabled' | 'up' | 'lastError' | 'note'>[],
): readonly string[] {
  return sources
    .filter(({ enabled }) => enabled)
    .flatMap(({ source, up, lastError, note }) => [
      ...(up ? [] : [`source ${source} cannot see: ${whyBlind(lastError)}`]),
      // An exporter of before it had notes has none.
      ...(typeof note === 'string' ? [`source ${source}: ${note}`] : []),
    ]);
}

function whyBlind(lastError: SourceDocument['lastError']): string {
  return lastError === null
    ? 'it has had nothing to look at yet'
    : `${lastError.message} (${lastError.kind})`;
}
