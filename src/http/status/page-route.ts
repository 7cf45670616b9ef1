import type { RequestHandler } from 'express';
import type { HttpDependencies } from '../routes/dependencies.ts';
import { sendHtml } from '../routes/send-html.ts';
import { choiceOf } from './choice.ts';
import { pageHtml } from './page.ts';

/** `/`: what is going on, for a person with a browser. */
export function pageRoute({ snapshot, version, isHealthy }: HttpDependencies): RequestHandler {
  return async (request, response) => {
    const choice = choiceOf(request.query);
    await sendHtml(
      { request, response },
      pageHtml({ snapshot: snapshot(), version, choice, health: isHealthy() }),
    );
  };
}
