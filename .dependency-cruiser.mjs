/** Architecture as lint rules. Each `comment` says why the arrow may not be drawn. */
export default {
  forbidden: [
    {
      name: 'core-is-pure',
      comment:
        'The core turns observations and `now` into verdicts. It may import nothing but itself: then it can be tested without a clock, a file or a socket, and its answer depends on its arguments only.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { pathNot: '^src/core/' },
    },
    {
      name: 'one-door-to-the-core',
      comment:
        'What is behind core/index.ts may be rebuilt without a look at anything else; an import past it ties the two together.',
      severity: 'error',
      from: { path: '^(src|scripts|dashboards)/', pathNot: '^src/core/' },
      to: { path: '^src/core/', pathNot: '^src/core/index\\.ts$' },
    },
    {
      name: 'sources-do-not-know-each-other',
      comment:
        'A verdict joins viewpoints in the core. Two sources that talk to each other would be one viewpoint. How a log is read on is no viewpoint: sources of several logs share it (src/sources/tail).',
      severity: 'error',
      from: { path: '^src/sources/([^/]+)/', pathNot: '^src/sources/(linux|darwin)/' },
      to: { path: '^src/sources/([^/]+)/', pathNot: '^src/sources/($1|tail)/' },
    },
    {
      name: 'one-door-to-a-platform',
      comment:
        'Which system this is, is decided in one place; everything else speaks to the ports, and runs against any system.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/sources/(platform\\.ts$|linux/|darwin/)' },
      to: { path: '^src/sources/(linux|darwin)/' },
    },
    {
      name: 'platforms-do-not-know-each-other',
      comment: 'An adapter knows its own system and the ports; what two have in common belongs to the port.',
      severity: 'error',
      from: { path: '^src/sources/(linux|darwin)/' },
      to: { path: '^src/sources/(linux|darwin)/', pathNot: '^src/sources/$1/' },
    },
    {
      name: 'sources-see-only-the-core',
      comment:
        'A source reports observations. It never reads a snapshot, serves HTTP or reads the configuration file.',
      severity: 'error',
      from: { path: '^src/sources/' },
      to: { path: '^src/(exporters|http|cli|config|demo|monitor|main|state)' },
    },
    {
      name: 'exporters-read-snapshots-only',
      comment:
        'Metrics are a view of one immutable snapshot; an exporter that reaches a source would block a scrape on it.',
      severity: 'error',
      from: { path: '^src/(exporters|http)/' },
      to: { path: '^src/(sources|monitor|cli|config|demo|main)' },
    },
    {
      name: 'exporters-and-http-do-not-know-each-other',
      comment:
        'Either could be left out or replaced without a look at the other. What both need lies below both: the document on node hosts (src/document) and what one tells the other (src/ports).',
      severity: 'error',
      from: { path: '^src/(exporters|http)/' },
      to: { path: '^src/(exporters|http)/', pathNot: '^src/$1/' },
    },
    {
      name: 'document-and-ports-lie-below-all-views',
      comment:
        'Exporters, HTTP, check and demo all say what the document says; if it knew one of them, all of them would.',
      severity: 'error',
      from: { path: '^src/(document|ports)/' },
      to: { path: '^src/', pathNot: '^src/(core/index\\.ts$|document/|ports/)' },
    },
    {
      name: 'one-door-to-prom-client',
      comment:
        'prom-client was renamed upstream once already; a swap must touch one file (docs/decisions/0002).',
      severity: 'error',
      from: { pathNot: '^(src/exporters/self-metrics\\.ts$|scripts/bench/scrape\\.ts$)' },
      to: { path: 'node_modules/(prom-client|@prometheus-io/client)/' },
    },
    {
      name: 'one-door-to-opentelemetry',
      comment:
        'The SDK costs memory and its packages must be of one release; everything else speaks of the catalogue (docs/decisions/0005).',
      severity: 'error',
      from: { pathNot: '^(src/exporters/otlp/|test/)' },
      to: { path: 'node_modules/(@opentelemetry|@grpc)/' },
    },
    {
      name: 'otlp-is-loaded-only-where-it-is-wanted',
      comment:
        'Without an endpoint nothing of the SDK may be loaded: what imports it is itself imported when it is needed, by `import()`.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/exporters/otlp/' },
      to: {
        path: '^src/exporters/otlp/',
        pathNot: '^src/exporters/otlp/otlp-(status|settings)\\.ts$',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'one-door-to-koffi',
      comment:
        'It is optional, and what it calls is of macOS: everything else speaks to the port (docs/decisions/0006).',
      severity: 'error',
      from: { pathNot: '^(src/sources/darwin/koffi-libproc\\.ts$|test/)' },
      to: { path: 'node_modules/koffi/' },
    },
    {
      name: 'one-door-to-the-gateway-client',
      comment:
        'The reference client is young and pinned; everything else speaks to our own port, so that it can be replaced.',
      severity: 'error',
      from: { pathNot: '^(src/sources/gateway-session/reference-client\\.ts$|src/demo/|test/)' },
      to: { path: 'node_modules/@openclaw/' },
    },
    {
      name: 'nothing-imports-the-composition-root',
      comment: 'main and the commands wire; what they wire must not know them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|cli/)' },
      to: { path: '^src/(main|cli/)' },
    },
    {
      name: 'one-door-from-the-simulator-to-the-core',
      comment:
        'The world that judges the core must not share its beliefs: one file drives it, everything else there is written from what OpenClaw does.',
      severity: 'error',
      from: { path: '^test/world/', pathNot: '^test/world/exporter/core\\.ts$' },
      to: { path: '^src/(core|state)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'product-does-not-import-tests',
      comment: 'Test helpers do not ship.',
      severity: 'error',
      from: { path: '^(src|dashboards)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-circular',
      comment: 'A cycle means that two files are one concept.',
      severity: 'error',
      from: { path: '^(src|test|scripts|dashboards)' },
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A module nobody imports is dead, or an entry point that should be listed here.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/(main|demo/.*-process)\\.ts$' },
      to: {},
    },
    {
      name: 'no-dev-dependencies-in-the-product',
      comment:
        'A user installs without dev dependencies. What is optional is one here too, so that npm never leaves it out.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm-optional'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
