import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const modules = join(root, 'node_modules');

type Manifest = Readonly<Record<'dependencies' | 'peerDependencies' | 'optionalDependencies', Record<string, string>>>;

/** A fresh CDK app somewhere else, with the packed tarball and what it says that it needs; nothing comes from the network. */
const app = mkdtempSync(join(tmpdir(), 'cdk-app-'));
const installed = join(app, 'node_modules', 'rds-target-reconciler');
let files: string[] = [];
let manifest: Manifest;
let compiled = 'not yet';

const link = (name: string) => {
  const to = join(app, 'node_modules', name);
  mkdirSync(dirname(to), { recursive: true });
  if (!existsSync(to)) symlinkSync(join(modules, name), to, 'dir');
};

beforeAll(() => {
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', app], {
    cwd: root,
    encoding: 'utf8',
  });
  // npm 11 answers with a list, later ones with an object by package name.
  const [{ filename, files: listed }] = Object.values(JSON.parse(packed)) as [
    { filename: string; files: { path: string }[] },
  ];
  files = listed.map(({ path }) => path);
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(app, filename), '-C', installed, '--strip-components=1']);
  manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]) link(name);
  link('@types/node');
  link('undici-types');
  writeApps();
  const arguments_ = [join(modules, 'typescript/bin/tsc'), '-p', app, '--checkers', '1'];
  // More checkers go through the same types of CDK again, and the tests have a core for each worker already.
  const tsc = spawnSync(process.execPath, arguments_, { encoding: 'utf8' });
  compiled = tsc.stdout + tsc.stderr;
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

const source = `
import { App, Stack } from 'aws-cdk-lib';
import { SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  DatabaseEndpointService,
  type DatabaseEndpointServiceProps,
  FollowedDatabase,
  Placement,
  type ProbeProps,
  ReconcilerAlarms,
  ReconcilerDashboard,
  TargetReconciler,
  type TargetReconcilerProps,
} from 'rds-target-reconciler';

const app = new App({ analyticsReporting: false, outdir: process.argv[2] });
const stack = new Stack(app, 'Orders');
const vpc = new Vpc(stack, 'Vpc', { availabilityZones: ['eu-central-1a', 'eu-central-1b'] });
const network: DatabaseEndpointServiceProps = { vpc, port: 5432 };
const service = new DatabaseEndpointService(stack, 'Service', network);
const probe: ProbeProps = { login: 'iam', databaseSecurityGroup: new SecurityGroup(stack, 'Database', { vpc }), port: 5432 };
const props: TargetReconcilerProps = {
  databaseName: 'orders',
  database: FollowedDatabase.cluster({ clusterIdentifier: 'orders' }),
  targetGroup: service.targetGroup,
  placement: Placement.insideVpc({ vpc, subnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS }, endpoints: 'create' }),
  probe,
};
const reconciler = new TargetReconciler(stack, 'Reconciler', props);
const alarms = new ReconcilerAlarms(stack, 'Alarms', { reconciler, databaseName: 'orders', targetGroup: service.targetGroup });
new ReconcilerDashboard(stack, 'Dashboard', { reconciler, databaseName: 'orders', alarms });
// @ts-expect-error The types are ours, not "any".
export const never: number = reconciler.failoverFunction;
app.synth();
`;

const types = ['module', 'commonjs'] as const;

/** An app for each type, and README's stack in one that `cdk init` made. One compiler for all: most of its time goes into CDK's types. */
function writeApps(): void {
  for (const type of types) {
    mkdirSync(join(app, type));
    writeFileSync(join(app, type, 'package.json'), JSON.stringify({ name: 'app', private: true, type }));
    writeFileSync(join(app, type, 'app.ts'), source);
  }
  const [, snippet = ''] = /```ts\n(import [\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
  mkdirSync(join(app, 'stock'));
  writeFileSync(join(app, 'stock', 'package.json'), JSON.stringify({ name: 'stock', version: '0.1.0' }));
  writeFileSync(join(app, 'stock', 'orders-stack.ts'), snippet);
  writeFileSync(
    join(app, 'stock', 'app.ts'),
    `import * as cdk from 'aws-cdk-lib/core';
import { OrdersStack } from './orders-stack';
const app = new cdk.App({ outdir: process.argv[2] });
new OrdersStack(app, 'Orders');
app.synth();
`,
  );
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    types: ['node'],
    // What the tsconfig.json of `cdk init` says besides.
    noImplicitReturns: true,
    isolatedModules: true,
  };
  const files = [...types, 'stock'].map((directory) => `${directory}/app.ts`);
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
}

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe('the package', () => {
  test('holds the compiled API, the built functions, the schemas, examples, docs and the licence', () => {
    for (const path of [
      'dist/package/infra/index.js',
      'dist/package/infra/index.d.ts',
      'dist/package/rds-roots.pem',
      'dist/functions/drift/index.mjs',
      'dist/functions/drift/THIRD-PARTY-LICENSES.txt',
      'dist/functions/drift/bom.cdx.json',
      'dist/cli/bom.cdx.json',
      'dist/functions/acceptance/index.mjs',
      'dist/functions/registration/index.mjs',
      'databases.schema.json',
      'consumers.schema.json',
      'examples/aurora.json',
      'examples/consumers/endpoint-service.json',
      'docs/deploy.md',
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'package.json',
    ])
      expect(files, path).toContain(path);
  });

  test('brings the command along: one executable file that needs none of our development packages', () => {
    const bin = join(installed, JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')).bin['rds-target']);
    expect(statSync(bin).mode & 0o111).toBe(0o111);
    expect(readFileSync(bin, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const ran = spawnSync(process.execPath, [bin, '--version'], { cwd: app, encoding: 'utf8' });
    expect(ran).toMatchObject({
      status: 0,
      stdout: `${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}\n`,
    });
    // The sandbox is not in the package: the command says where it is.
    const sandbox = spawnSync(process.execPath, [bin, 'status', '--sandbox'], { cwd: app, encoding: 'utf8' });
    expect(sandbox.status).toBe(1);
    expect(sandbox.stderr).toMatch(/part of the repository, not of the package\nNext: clone it/);
  });

  test('holds neither sources nor tests nor anything to be built', () => {
    const allowed =
      /^(dist\/(cli|package|functions)\/|examples\/|docs\/|((databases|consumers)\.schema\.json|LICENSE|README\.md|CHANGELOG\.md|package\.json)$)/;
    expect(files.filter((path) => !allowed.test(path) || /(?<!\.d)\.ts$|\.test\./.test(path))).toEqual([]);
  });

  test('holds no bundle twice, and no source map, which would have no sources', () => {
    const digest = (path: string) =>
      createHash('sha256')
        .update(readFileSync(join(installed, path)))
        .digest('hex');
    const bundles = files.filter((path) => path.endsWith('.mjs'));
    expect(new Set(bundles.map(digest)).size).toBe(bundles.length);
    expect(files.filter((path) => path.endsWith('.map'))).toEqual([]);
    for (const path of bundles) expect(readFileSync(join(installed, path), 'utf8')).not.toContain('sourceMappingURL=');
  });

  test('lets editors and apps name both schemas by the name of the package', () => {
    const names = ['databases', 'consumers'].map((name) => `rds-target-reconciler/${name}.schema.json`);
    const program = `for (const name of process.argv.slice(1)) console.log(require(name).$schema)`;
    const ran = spawnSync(process.execPath, ['-e', program, ...names], { cwd: app, encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    expect(ran.stdout.trim().split('\n')).toEqual(names.map(() => expect.stringContaining('json-schema.org')));
  });

  test('brings neither esbuild nor the AWS SDK nor a Node along, and leaves CDK to the app', () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual(['ipaddr.js', 'zod']);
    expect(Object.keys(manifest.peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
    expect(manifest.optionalDependencies ?? {}).toEqual({});
  });

  test.each(types)('type-checks and synthesises a stack in a CDK app of type %s', (type) => {
    expect(compiled).toBe('');
    const output = join(app, `cdk-${type}`);
    const ran = spawnSync(process.execPath, [join(app, type, 'app.js'), output], { cwd: app, encoding: 'utf8' });
    expect(ran.status, ran.stderr).toBe(0);
    const { Resources } = JSON.parse(readFileSync(join(output, 'Orders.template.json'), 'utf8')) as {
      Resources: Record<string, { Type: string }>;
    };
    const types = Object.values(Resources).map(({ Type }) => Type);
    for (const wanted of ['AWS::EC2::VPCEndpointService', 'AWS::Lambda::Function', 'AWS::CloudWatch::Alarm'])
      expect(types).toContain(wanted);
    const manifestFile = readFileSync(join(output, 'Orders.assets.json'), 'utf8');
    const { files: assets } = JSON.parse(manifestFile) as { files: Record<string, { source: { path: string } }> };
    const bundles = Object.values(assets).filter(({ source: { path } }) => existsSync(join(output, path, 'index.mjs')));
    // The two functions share one, and the registration has its own.
    expect(bundles).toHaveLength(2);
    // The roots come from the package: neither a synth nor the function asks the network for them.
    const roots = bundles.flatMap(({ source: { path } }) => [join(output, path, 'rds-roots.pem')]).filter(existsSync);
    expect(roots).toHaveLength(1);
    expect(readFileSync(roots[0] ?? '', 'utf8').match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(70);
  });

  test('is required as CommonJS, which is all that jest can load in an app that `cdk init` made', () => {
    const program =
      "console.log(require.resolve('rds-target-reconciler'), typeof require('rds-target-reconciler').TargetReconciler)";
    const ran = spawnSync(process.execPath, ['--no-experimental-require-module', '-e', program], {
      cwd: join(app, 'commonjs'),
      encoding: 'utf8',
    });
    expect(ran.stderr).toBe('');
    expect(ran.stdout.trim()).toMatch(/dist\/package\/cjs\/index\.js function$/);
  });

  test("README's stack stands in an app that `cdk init` made: admitted, asked for, watched, with outputs", () => {
    expect(compiled).toBe('');
    const output = join(app, 'cdk-stock');
    const arguments_ = ['--no-experimental-require-module', join(app, 'stock', 'app.js'), output];
    const ran = spawnSync(process.execPath, arguments_, { cwd: app, encoding: 'utf8' });
    expect(ran.status, ran.stderr).toBe(0);
    const { Resources, Outputs } = JSON.parse(readFileSync(join(output, 'Orders.template.json'), 'utf8')) as {
      Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
      Outputs: object;
    };
    const of = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type);
    expect(of('AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({ GroupId: 'sg-0123456789abcdef0', FromPort: 5432, ToPort: 5432 }),
    ]);
    expect(JSON.stringify(of('AWS::EC2::VPCEndpointServicePermissions'))).toContain(':iam::444455556666:root');
    expect(of('AWS::CloudWatch::Alarm').length).toBeGreaterThan(4);
    for (const { Properties } of of('AWS::CloudWatch::Alarm')) expect(Properties.AlarmActions).toHaveLength(1);
    expect(Object.keys(Outputs)).toEqual(
      expect.arrayContaining([
        'EndpointServiceName',
        'TargetGroupArn',
        'DriftFunction',
        'FailoverFunction',
        'DeadLetterQueueUrl',
      ]),
    );
  });
});
