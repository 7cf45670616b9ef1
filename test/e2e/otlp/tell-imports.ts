import { registerHooks } from 'node:module';

/** Preloaded by the suite: says on stderr when the SDK, or gRPC, is loaded. The API alone is a few kilobytes, and prom-client's. */
registerHooks({
  load(url, context, next) {
    const loaded = /node_modules\/((?:@opentelemetry|@grpc)\/[^/]+)/.exec(url)?.[1];
    if (loaded !== undefined && loaded !== '@opentelemetry/api') process.stderr.write(`loaded ${loaded}\n`);
    return next(url, context);
  },
});
