import { annotationEvents, type AnnotationEvent } from '../grafana/annotation-events.ts';
import type { Annotation } from '../grafana/dashboard-schema.ts';
import { annotationQuery, type QueryContext } from '../grafana/panel-queries.ts';
import { QueryError, rangeQuery } from './prometheus.ts';

/** What the annotations of the dashboard found. Rejects with a QueryError where one cannot be asked. */
export async function loadAnnotations(
  annotations: readonly Annotation[],
  context: Omit<QueryContext, 'widthPx'>,
): Promise<readonly AnnotationEvent[]> {
  const found = await Promise.all(
    annotations.filter(({ enable }) => enable).map(async (annotation) => loadAnnotation(annotation, context)),
  );
  return found.flat();
}

async function loadAnnotation(
  annotation: Annotation,
  context: Omit<QueryContext, 'widthPx'>,
): Promise<readonly AnnotationEvent[]> {
  const { expr, unresolved, range, stepMs } = annotationQuery(annotation, context);
  if (unresolved.length > 0) {
    throw new QueryError(`annotation ${annotation.name}: not understood: ${unresolved.join(', ')}`);
  }
  const { titleFormat, textFormat, tagKeys, useValueForTime, iconColor } = annotation;
  return annotationEvents(await rangeQuery(expr, range, stepMs), {
    stepMs,
    titleFormat,
    textFormat,
    tagKeys,
    useValueForTime,
    color: iconColor,
  });
}
