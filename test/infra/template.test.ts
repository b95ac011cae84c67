import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { unzipSync } from 'fflate';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ConfigurationError, type DatabaseEntry } from '../../infra/config/databases.ts';
import type { Report } from '../../lib/domain.ts';
import { createFunction } from '../../sandbox/aws/lambda/function.ts';
import { deployCommands } from '../../scripts/template/commands.ts';
import { keyPrefix, type PlainDeployment, plainApp, plainDeployment } from '../../scripts/template/plain.ts';
import { fitsInRequest, writeTemplate } from '../../scripts/template/write.ts';
import { createQuietSandbox } from '../quiet-sandbox.ts';
import { cloudFormationRules, entriesFrom, exampleEntries, root, synthesise } from './examples-rig.ts';

/* `npm run template`: what it writes is what CDK deploys. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of any shape
type Template = { readonly Resources: Record<string, { readonly Type: string; readonly Properties: any }> };

const bucket = 'code-bucket';
const databases = join(root, 'databases.json');
const anywhere = entriesFrom([
  {
    name: 'anywhere',
    database: { kind: 'instance', id: 'orders' },
    targetGroupArn: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef',
  },
]);

const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closers.splice(0).reverse()) await close();
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'plain-'));
  closers.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const synthesised = new Map<readonly DatabaseEntry[], PlainDeployment>();

/** Of the first entry, under the rules of CloudFormation. */
function plain(entries: readonly DatabaseEntry[]): PlainDeployment {
  const known = synthesised.get(entries) ?? synthesisePlain(entries);
  synthesised.set(entries, known);
  return known;
}

function synthesisePlain(entries: readonly DatabaseEntry[]): PlainDeployment {
  const app = plainApp(bucket, newDirectory());
  Validations.of(app).addPlugins(cloudFormationRules);
  const [entry] = entries;
  if (!entry) throw new Error('no entry');
  return plainDeployment(app, entries, entry);
}

const functionsOf = ({ Resources }: Template) =>
  Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');

/** A template without the places of its functions' code. */
function withoutCode({ Resources, ...rest }: Template) {
  const copy = structuredClone(Resources);
  for (const { Properties } of functionsOf({ Resources: copy })) delete Properties.Code;
  return { ...rest, Resources: copy };
}

describe('the plain templates', () => {
  test.each([
    ['of databases.json', '../databases.json', ['orders']],
    ['of two databases that share endpoints', 'shared-api-access.json', [/^private-api-access-vpc-/, 'ledger']],
    ['of databases behind a shared load balancer', 'shared-endpoint-service.json', ['vendors', 'orders']],
    ['with a probe, whose functions have certificates beside them', 'probe.json', [/./]],
    ['with a function that accepts requests', 'automatic-acceptance.json', [/./]],
    ['of a resource gateway, which needs no function', 'resource-gateway.json', [/./]],
    ['for any account and Region', undefined, ['anywhere']],
  ])('are those of CDK but for where the code is, and need no bootstrap: %s', (_, file, names) => {
    const entries = file === undefined ? anywhere : exampleEntries(file);
    const { stacks, zips } = plain(entries);
    const cdk = synthesise(entries);
    const keys = stacks.flatMap(({ name, file, template: text }) => {
      const template = JSON.parse(text) as Template;
      const { Parameters, Rules, ...theirs } = cdk.template(name).toJSON();
      expect([Object.keys(Parameters), Object.keys(Rules)]).toEqual([['BootstrapVersion'], ['CheckBootstrapVersion']]);
      expect(withoutCode(template)).toEqual(withoutCode(theirs as Template));
      expect(text).not.toMatch(/hnb659fds|bootstrap/i);
      expect(file).toBe(`${name}.template.json`);
      return functionsOf(template).map(({ Properties: { Code } }) => {
        expect(Code).toEqual({ S3Bucket: bucket, S3Key: expect.stringMatching(/\/[0-9a-f]{64}\.zip$/) });
        return String(Code.S3Key);
      });
    });
    expect(stacks.map(({ name }) => name)).toEqual(names.map((name) => expect.stringMatching(name)));
    expect([...zips.keys()].map((file) => keyPrefix + file).sort()).toEqual([...new Set(keys)].sort());
  });
});

/** The permissions of the files in a zip file: the upper half of what its central directory calls external attributes. */
function modesIn(zip: Uint8Array): number[] {
  const bytes = Buffer.from(zip);
  const modes = [];
  for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 1))
    modes.push(bytes.readUInt16LE(at + 40));
  return modes;
}

describe('the zip files', () => {
  test('hold what was built, and the user that Lambda runs it as may read it', () => {
    const unzipped = [...plain(anywhere).zips.values()].map((zip) => ({ modes: modesIn(zip), files: unzipSync(zip) }));
    const contents = unzipped.map(({ files }) =>
      Object.entries(files).map(([file, bytes]) => [file, Buffer.from(bytes)]),
    );
    const built = ['drift', 'registration'].map((name) => {
      const directory = join(root, 'dist/functions', name);
      return readdirSync(directory)
        .sort()
        .map((file) => [file, readFileSync(join(directory, file))]);
    });
    expect(new Set(contents)).toEqual(new Set(built));
    for (const { modes, files } of unzipped) expect(modes).toEqual(Object.keys(files).map(() => 0o100644));
  });

  test('run as a function in the sandbox: it registers the writer with the environment of the template', async () => {
    const { stacks, zips } = plain(anywhere);
    const { Code, Environment, MemorySize, Timeout } =
      functionsOf(JSON.parse(stacks[0]?.template ?? '') as Template).find(({ Properties }) =>
        Properties.FunctionName.endsWith('-drift'),
      )?.Properties ?? {};
    const directory = newDirectory();
    const zip = zips.get(String(Code.S3Key).slice(keyPrefix.length)) ?? new Uint8Array();
    for (const [file, bytes] of Object.entries(unzipSync(zip))) writeFileSync(join(directory, file), bytes);
    const sandbox = await createQuietSandbox({ isGroupEmpty: true });
    closers.push(() => sandbox.close());
    const handler = createFunction({
      name: 'anywhere-drift',
      bundle: join(directory, 'index.mjs'),
      environment: {
        ...Environment.Variables,
        TARGET_GROUP_ARN: sandbox.targetGroup.arn,
        DNS_SERVERS: sandbox.dns.address,
        AWS_ENDPOINT_URL: sandbox.api.url,
      },
      memoryMb: MemorySize,
      timeoutMs: Timeout * 1000,
      clock: sandbox.clock,
      journal: sandbox.journal,
    });
    closers.push(() => handler.close());
    const { ip, port } = sandbox.database.writer();
    const { payload } = await handler.invoke({ action: 'resync' });
    expect(payload).toMatchObject({ outcome: 'changed', registered: [`${ip}:${port}`] });
    const { payload: report } = await handler.invoke({ action: 'doctor' });
    const names = (report as Report).checks?.map(({ check }) => check) ?? [];
    expect(names.length).toBeGreaterThan(10);
    // What a function says whose doctor.mjs is not beside it.
    expect(names).not.toContain('doctor-complete');
  });
});

describe('npm run template', () => {
  const writeTo = (out: string, changes = {}) =>
    writeTemplate({ name: 'orders', bucket, databases, out, ...changes }, newDirectory());
  const filesIn = (directory: string) =>
    Object.fromEntries(readdirSync(directory).map((file) => [file, readFileSync(join(directory, file), 'base64')]));

  test('writes the same bytes another day and elsewhere, and removes what an earlier version left', () => {
    const written = (date: string, zone: string, out: string) => {
      vi.stubEnv('TZ', zone);
      vi.useFakeTimers({ toFake: ['Date'], now: new Date(date) });
      return filesIn(writeTo(out).directory);
    };
    const first = written('2026-01-01T00:00:00Z', 'Asia/Tokyo', newDirectory());
    const out = newDirectory();
    const [stale, own] = [`${'0'.repeat(64)}.zip`, 'main.tf'];
    mkdirSync(join(out, 'orders'));
    for (const file of [stale, own]) writeFileSync(join(out, 'orders', file), '');
    expect(written('2030-07-01T00:00:00Z', 'America/New_York', out)).toEqual({ ...first, [own]: '' });
    expect(Object.keys(first).filter((file) => file.endsWith('.zip'))).toHaveLength(2);
  });

  test('says what is wrong with the name, the file, the directory or the size, and writes nothing', () => {
    const directory = newDirectory();
    const [out, file, large] = ['out', 'file', 'large.json'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, '');
    const { endpointService, ...orders } = exampleEntries('../databases.json')[0] ?? {};
    const allowedPrincipals = Array.from({ length: 20_000 }, (_, index) => String(100_000_000_000 + index));
    writeFileSync(large, JSON.stringify([{ ...orders, endpointService: { ...endpointService, allowedPrincipals } }]));
    const refused: [string, object, string][] = [
      [
        out,
        { name: 'ordres' },
        `${databases} has 1 problem:\n- it has no database "ordres"; allowed: orders; did you mean orders?`,
      ],
      [
        out,
        { name: 'vendors', databases: join(root, 'examples/shared-endpoint-service.json') },
        '"vendors" is a load balancer, whose stack is written with each database behind it; allowed: orders, orders-readers, billing',
      ],
      [out, { databases: file }, `${file} has 1 problem:`],
      [out, { databases: large }, 'bytes; allowed: 1000000'],
      [file, {}, `--out has 1 problem:\n- ${file}/orders cannot be written (ENOTDIR`],
    ];
    for (const [to, changes, message] of refused) expect(() => writeTo(to, changes)).toThrow(message);
    for (const [to, changes] of refused.slice(0, 3)) expect(() => writeTo(to, changes)).toThrow(ConfigurationError);
    expect(readdirSync(directory).sort()).toEqual(['file', 'large.json']);
  });

  test('prints the commands of docs/deploy.md, fit for a pipe', () => {
    const out = newDirectory();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['scripts/template.ts', 'orders', '--bucket', bucket, '--out', out],
      { cwd: root, encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
    const guide = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
    const documented = /```sh\n(aws s3 cp [\s\S]*?)```/.exec(guide)?.[1];
    expect(stdout).toBe(documented?.replaceAll('BUCKET', bucket).replaceAll('dist/template', out));
    expect(guide).toContain(`key      = "${keyPrefix}\${each.value}"`);
    expect(stderr).toBe(
      `${out}/orders has orders.template.json and 2 zip files. Commands that deploy them in the account 111122223333:\n\n`,
    );
  });

  test("tells a template that a request carries, as Terraform's template_body does, from a larger one", () => {
    const fits = (text: string) => fitsInRequest({ template: `  ${JSON.stringify({ text })}` });
    const most = 51_200 - '{"text":""}'.length;
    expect([fits('x'.repeat(most)), fits('x'.repeat(most + 1))]).toEqual([true, false]);
    expect(fits('<'.repeat(most / 6 + 1))).toBe(false);
  });
});

describe('the commands', () => {
  const stack = (name: string, tags = {}) => ({ name, file: `${name}.template.json`, template: '{}', tags });

  test('deploy what a stack needs before it, with the tags that no template can name', () => {
    const deployment = {
      stacks: [stack('shared'), stack('a', { team: 'billing', owner: "Ann's team" })],
      zips: new Map(),
    };
    const commands = deployCommands(deployment, { bucket, directory: '/my files/a' });
    expect(commands).toEqual([
      "aws cloudformation deploy --stack-name shared --template-file '/my files/a/shared.template.json' --s3-bucket code-bucket --s3-prefix rds-target-reconciler --capabilities CAPABILITY_NAMED_IAM",
      `aws cloudformation deploy --stack-name a --template-file '/my files/a/a.template.json' --s3-bucket code-bucket --s3-prefix rds-target-reconciler --capabilities CAPABILITY_NAMED_IAM --tags team=billing 'owner=Ann'\\''s team'`,
      "aws cloudformation describe-stacks --stack-name a --query 'Stacks[0].Outputs' --output table",
    ]);
  });
});
