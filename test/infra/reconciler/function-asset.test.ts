import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterEach, describe, expect, test } from 'vitest';
import { configFromEnv } from '../../../lib/settings/config.ts';
import { createFunction } from '../../../sandbox/aws/lambda/function.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { createQuietSandbox } from '../../quiet-sandbox.ts';
import { addReconciler, functionOf, resource, targetGroupArn } from '../reconciler-rig.ts';

const root = join(import.meta.dirname, '../../..');

/** The files that CDK stages for a function, and the environment that the template gives it. */
function staged(name: 'Failover' | 'Drift') {
  const app = new App();
  const stack = new Stack(app, 'orders');
  addReconciler(stack);
  const { directory: outdir } = app.synth();
  const template = Template.fromStack(stack);
  const { Code, Environment, Timeout, MemorySize } = functionOf(template, name).Properties;
  const hash = String(Code.S3Key).replace('.zip', '');
  return {
    directory: join(outdir, `asset.${hash}`),
    hash,
    environment: Environment.Variables,
    Timeout,
    MemorySize,
    template,
  };
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startSandbox(): Promise<Sandbox> {
  const sandbox = await createQuietSandbox({ isGroupEmpty: true });
  closers.push(() => sandbox.close());
  return sandbox;
}

/** The staged function in the sandbox: only where its APIs, its name server and its group are is told to it anew. */
async function deployed(name: 'Failover' | 'Drift', endpoints: (url: string) => Record<string, string>) {
  const sandbox = await startSandbox();
  const { directory, environment, Timeout, MemorySize } = staged(name);
  const handler = createFunction({
    name: `orders-${name}`,
    bundle: join(directory, 'index.mjs'),
    environment: {
      ...environment,
      TARGET_GROUP_ARN: sandbox.targetGroup.arn,
      DNS_SERVERS: sandbox.dns.address,
      ...endpoints(sandbox.api.url),
    },
    memoryMb: MemorySize,
    timeoutMs: Timeout * 1000,
    clock: sandbox.clock,
    journal: sandbox.journal,
  });
  closers.push(() => handler.close());
  return { sandbox, handler };
}

describe('the asset of a function', () => {
  test.each(['Failover', 'Drift'] as const)(
    '(%s) registers the writer with the environment of the template',
    async (name) => {
      expect(configFromEnv(staged(name).environment)).toMatchObject({ database: { id: 'orders' }, targetGroupArn });
      const { sandbox, handler } = await deployed(name, (url) => ({ AWS_ENDPOINT_URL: url }));
      const { status, payload } = await handler.invoke({ action: 'resync' });
      expect(status, JSON.stringify(payload)).toBe('succeeded');
      const { ip, port } = sandbox.database.writer();
      expect(payload).toMatchObject({ database: 'orders', outcome: 'changed', registered: [`${ip}:${port}`] });
      expect(sandbox.targetGroup.targets()).toMatchObject([{ ip, port }]);
    },
  );

  test('reaches its APIs by the two variables that a placement with created endpoints sets', async () => {
    const { handler } = await deployed('Drift', (url) => ({
      AWS_ENDPOINT_URL_RDS: url,
      AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: url,
    }));
    const { payload } = await handler.invoke({ action: 'resync' });
    expect(payload).toMatchObject({ outcome: 'changed' });
  });

  test('is one for both functions, which are built alike, with licences and SBOM, and nothing else', () => {
    const { directory, hash } = staged('Drift');
    expect(staged('Failover').hash).toBe(hash);
    const onDemand = ['doctor.mjs', 'notifier.mjs', 'probe.mjs', 'probe-mysql.mjs', 'probe-postgres.mjs'];
    const files = ['THIRD-PARTY-LICENSES.txt', 'bom.cdx.json', 'index.mjs', ...onDemand].sort();
    for (const name of ['failover', 'drift']) {
      const built = join(root, 'dist/functions', name);
      expect(readdirSync(built).sort()).toEqual(files);
      for (const file of files)
        expect(readFileSync(join(built, file)).equals(readFileSync(join(directory, file)))).toBe(true);
    }
  });

  test('is what the registration depends on: other code, another registration', () => {
    const { hash, template } = staged('Drift');
    expect(resource(template, 'Custom::FirstRegistration', 'Reconciler')[1].Properties.Code).toBe(hash);
  });
});
