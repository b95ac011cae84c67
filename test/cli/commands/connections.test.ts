import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client, ModifyVpcEndpointServicePermissionsCommand } from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, test } from 'vitest';
import { vpcEndpointService } from '../../../sandbox/aws/vpc-endpoints/operations.ts';
import {
  createEndpointWorld,
  type EndpointService,
  type EndpointWorld,
} from '../../../sandbox/aws/vpc-endpoints/world.ts';
import { createFaults, type Faults } from '../../../sandbox/aws/wire/faults.ts';
import { createQueryServer, type QueryServer } from '../../../sandbox/aws/wire/server.ts';
import { createClock } from '../../../sandbox/world/clock.ts';
import { createJournal } from '../../../sandbox/world/journal.ts';
import { answering, closing, nameServer, run, runBuilt } from '../connect-check/rig.ts';

const analytics = '444455556666';
const partner = '777788889999';
const stranger = '343434343434';
const arn = (account: string) => `arn:aws:iam::${account}:root`;
const subnets = ['a', 'b'].map((zone) => ({ id: `subnet-0123456${zone}`, zone: `eu-central-1${zone}` }));
const entry = {
  name: 'orders',
  account: '111122223333',
  region: 'eu-central-1',
  namePrefix: 'prod',
  database: { kind: 'instance', id: 'orders', port: 5432 },
  vpc: { id: 'vpc-01234567', subnets },
  endpointService: { allowedPrincipals: [analytics, arn(partner)] },
};
const env = (url: string) => ({
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
  AWS_REGION: 'eu-central-1',
  AWS_EC2_METADATA_DISABLED: 'true',
});

let world: EndpointWorld;
let orders: EndpointService;
let ec2: QueryServer;
let faults: Faults;
let file: string;

beforeEach(async () => {
  world = createEndpointWorld();
  world.addService({ tags: { Name: 'prod-billing' } });
  orders = world.addService({ tags: { Name: 'prod-orders' }, principals: [arn(analytics), arn(partner)] });
  faults = createFaults();
  const clock = createClock(1);
  closing(() => clock.close());
  ec2 = await createQueryServer({ services: [vpcEndpointService(world)], faults, clock, journal: createJournal() });
  closing(() => ec2.close());
  const folder = mkdtempSync(join(tmpdir(), 'connections-'));
  closing(() => rmSync(folder, { recursive: true, force: true }));
  file = join(folder, 'databases.json');
  writeFileSync(file, JSON.stringify([entry]));
});

const connections = (...words: string[]) => run(['connections', '--databases', file, ...words], env(ec2.url));
const stateOf = (id: string) => orders.connections.find(({ endpointId }) => endpointId === id)?.state;
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000 - 60_000);

describe('connections', () => {
  test('lists account, endpoint, state and age of each, and nothing of another service', async () => {
    const working = world.connect(orders, { owner: partner, state: 'available', createdAt: hoursAgo(3) });
    const waiting = world.connect(orders, { owner: analytics, createdAt: hoursAgo(50) });
    const [billing] = world.services;
    if (billing) world.connect(billing, { owner: stranger });
    const { code, out } = await connections('orders');
    expect(out.indexOf(waiting.endpointId)).toBeLessThan(out.indexOf(working.endpointId));
    expect(out).toMatch(/orders {2}2 connections, 1 waiting for acceptance/);
    expect(out).toMatch(new RegExp(`${waiting.endpointId} +${analytics} +pendingAcceptance +2 d`));
    expect(out).toMatch(new RegExp(`${working.endpointId} +${partner} +available +3 h`));
    expect(out).not.toContain(stranger);
    expect(code).toBe(0);
  });

  test('of a database behind a shared load balancer are those of the load balancer', async () => {
    const { endpointService, database, ...place } = entry;
    const behind = { shared: 'vendors', listenerPort: 5433, databaseSecurityGroupId: 'sg-01234567' };
    writeFileSync(
      file,
      JSON.stringify({
        loadBalancers: [{ ...place, name: 'vendors', endpointService: { allowedPrincipals: [analytics] } }],
        databases: [{ ...place, database, endpointService: behind }],
      }),
    );
    const vendors = world.addService({ tags: { Name: 'prod-vendors' }, principals: [arn(analytics), arn(partner)] });
    const { endpointId } = world.connect(vendors, { owner: analytics, state: 'available' });
    const { code, out } = await connections('orders');
    expect(out).toContain(endpointId);
    expect(out).toMatch(new RegExp(`${partner}:root is allowed by the service; the file does not name it`));
    expect(out.replace(/\s+/g, ' ')).toContain('npx --no -- cdk deploy prod-vendors --revert-drift');
    expect(code).toBe(3);
  });

  test('are read page by page', async () => {
    for (let i = 0; i < 1200; i++) world.connect(orders, { owner: analytics });
    const { out } = await connections('orders', '--json');
    expect(JSON.parse(out).connections).toHaveLength(1200);
    expect(ec2.calls().filter(({ action }) => action === 'DescribeVpcEndpointConnections')).toHaveLength(2);
  });

  test('accept takes the endpoint that is named, and no other', async () => {
    const [one, other] = [world.connect(orders, { owner: analytics }), world.connect(orders, { owner: analytics })];
    const { code, out } = await connections('orders', 'accept', one.endpointId);
    expect(code).toBe(0);
    expect(out).toContain(`accepted ${one.endpointId} of account ${analytics}`);
    expect([stateOf(one.endpointId), stateOf(other.endpointId)]).toEqual(['available', 'pendingAcceptance']);
  });

  test('accept takes all of an account that wait; the database may be left out where there is one', async () => {
    const mine = [1, 2].map(() => world.connect(orders, { owner: analytics }));
    const other = world.connect(orders, { owner: partner });
    const { code, out } = await connections('accept', analytics, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).accepted).toEqual(mine.map(({ endpointId }) => endpointId));
    expect(mine.map(({ endpointId }) => stateOf(endpointId))).toEqual(['available', 'available']);
    expect(stateOf(other.endpointId)).toBe('pendingAcceptance');
  });

  test("reject ends a connection that works only by the endpoint's own name", async () => {
    const { endpointId } = world.connect(orders, { owner: partner, state: 'available' });
    const byAccount = await connections('orders', 'reject', partner);
    expect(byAccount).toMatchObject({ code: 1, err: expect.stringMatching(/nothing to reject.*is available/s) });
    expect(stateOf(endpointId)).toBe('available');
    expect(await connections('orders', 'reject', endpointId)).toMatchObject({ code: 0 });
    expect(stateOf(endpointId)).toBe('rejected');
  });

  test('that are not there are not accepted, and the message says which are', async () => {
    const { endpointId } = world.connect(orders, { owner: partner, state: 'rejected' });
    expect(await connections('orders', 'accept', 'vpce-0123456789abcdef9')).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${endpointId} (${partner})`),
    });
    expect(await connections('orders', 'accept', endpointId)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/is rejected\s+Next: .*again/s),
    });
    expect(ec2.calls().map(({ action }) => action)).not.toContain('AcceptVpcEndpointConnections');
  });
});

describe('drift between the file and the service', () => {
  test('is shown and never repaired: principals that miss, that are too many, and the acceptance', async () => {
    const surplus = 'arn:aws:iam::121212121212:role/anyone';
    orders.principals = [arn(analytics), surplus];
    Object.assign(orders, { acceptanceRequired: false });
    const before = structuredClone(orders);
    const { code, out } = await connections('orders');
    expect(code).toBe(3);
    expect(out).toMatch(new RegExp(`- +${arn(partner)} is in the file`));
    expect(out).toMatch(/\+ +arn:aws:iam::121212121212:role\/anyone is allowed by the service/);
    expect(out).toMatch(/~ +acceptance is not required; the file says it is/);
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /correct the file, then npx --no -- cdk deploy prod-orders; .* npx --no -- cdk deploy prod-orders --revert-drift\./,
    );
    const { drift } = JSON.parse((await connections('orders', '--json')).out);
    expect(drift).toEqual({
      missing: [arn(partner)],
      surplus: [surplus],
      acceptanceRequired: { configured: true, actual: false },
    });
    expect(orders).toEqual(before);
  });
});

describe('principals that were changed by hand', () => {
  test('are shown as drift until the hand takes them back', async () => {
    const client = new EC2Client({
      endpoint: ec2.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    });
    closing(() => client.destroy());
    const modify = (AddAllowedPrincipals: string[], RemoveAllowedPrincipals: string[]) =>
      client.send(
        new ModifyVpcEndpointServicePermissionsCommand({
          ServiceId: orders.id,
          AddAllowedPrincipals,
          RemoveAllowedPrincipals,
        }),
      );
    const { AddedPrincipals } = await modify([arn(stranger), arn(analytics)], [arn(partner)]);
    expect(AddedPrincipals).toEqual([{ PrincipalType: 'Account', Principal: arn(stranger), ServiceId: orders.id }]);
    const changed = await connections('orders', '--json');
    expect(changed.code).toBe(3);
    expect(JSON.parse(changed.out).drift).toEqual({ missing: [arn(partner)], surplus: [arn(stranger)] });
    await modify([arn(partner)], [arn(stranger)]);
    expect(await connections('orders')).toMatchObject({ code: 0, out: expect.not.stringContaining('differs') });
  });
});

describe('the service', () => {
  test('that no stack of this name has made is not guessed', async () => {
    Object.assign(orders, { tags: {} });
    expect(await connections('orders')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no endpoint service with the tag Name=prod-orders.*--service/s),
    });
  });

  test('that is named and not there is not guessed either', async () => {
    expect(await connections('--service', 'vpce-svc-0123456789abcdef9')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no endpoint service vpce-svc-0123456789abcdef9.*--profile/s),
    });
  });

  test('may be named, without any file', async () => {
    world.connect(orders, { owner: analytics });
    const { code, out } = await runBuilt(['connections', '--service', orders.id], env(ec2.url));
    expect([code, out]).toEqual([0, expect.stringContaining('1 connection, 1 waiting')]);
  });

  test('that names no principal admits no account, and says so', async () => {
    orders.principals = [];
    const { out } = await run(['connections', '--service', orders.id], env(ec2.url));
    expect(out).toContain('may connect  no account: the service names no principal');
  });

  test('that may not be read says which permission is missing', async () => {
    const code = 'UnauthorizedOperation';
    faults.add({ action: 'DescribeVpcEndpointConnections', kind: 'error', code, status: 403 });
    expect(await connections('orders')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/grant ec2:DescribeVpcEndpointConnections/),
    });
  });
});

test('words that cannot be read are a usage error', async () => {
  const rows: [string[], RegExp][] = [
    [['orders', 'accept'], /accept whom/],
    [['orders', 'accept', 'analytics'], /vpce-… or an account/],
    [['orders', 'allow', analytics], /cannot read "orders allow/],
    [['oders'], /did you mean "orders"/],
    [['--service', 'vpce-svc-1'], /--service is "vpce-svc-1"/],
  ];
  const all = await Promise.all(rows.map(([words]) => connections(...words)));
  expect(all.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
  for (const [index, [, said]] of rows.entries()) expect(all[index]?.err.replaceAll('\n', ' ')).toMatch(said);
});

describe('connect-check with --endpoint-id', () => {
  const check = async (endpointId: string, addresses: string[] = ['127.0.0.1']) => {
    const port = await answering('S');
    const own = (name: string) => name.startsWith('vpce-');
    const server = await nameServer((name, type) =>
      type === 'A' ? { kind: 'records', a: own(name) ? ['127.0.0.1'] : addresses } : { kind: 'no-data' },
    );
    const options = ['--protocol', 'postgres', '--endpoint-id', endpointId, '--dns-server', server, '--timeout', 1];
    return run(['connect-check', 'orders.db.example.com', port, ...options], env(ec2.url));
  };

  test('says that the connection waits for acceptance, and is fine once it is accepted', async () => {
    const { endpointId } = world.connect(orders, { owner: analytics });
    expect(await check(endpointId)).toMatchObject({
      code: 1,
      out: expect.stringContaining('fault: pending-acceptance'),
    });
    await connections('orders', 'accept', endpointId);
    const { code, out } = await check(endpointId);
    expect(out.replace(/\s+/g, ' ')).toContain(`${endpointId}, available, to ${orders.name}`);
    expect(out).not.toContain('Note:');
    expect(code).toBe(0);
  });

  test("says that the name does not lead to the endpoint's interfaces", async () => {
    const { endpointId } = world.connect(orders, { owner: analytics, state: 'available' });
    expect(await check(endpointId, ['127.0.0.2'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/not-the-endpoint[\s\S]*127\.0\.0\.2/),
    });
  });

  test('knows a resource endpoint by all names that EC2 tells for it', async () => {
    const { endpointId, resourceConfigurationArn } = world.reach({ databaseNames: ['orders', 'orders-ro'] });
    const { code, out } = await check(endpointId);
    const [, rcfg] = resourceConfigurationArn.split('/');
    expect(out.replace(/\s+/g, ' ')).toContain(`${endpointId}, available, to resource configuration ${rcfg}`);
    expect(out).not.toContain('Note:');
    expect(code).toBe(0);
    expect((await check(endpointId, ['127.0.0.2'])).out).toContain('fault: not-the-endpoint');
  });

  test('says which permission is missing for a resource endpoint', async () => {
    const { endpointId } = world.reach();
    const code = 'UnauthorizedOperation';
    faults.add({ action: 'DescribeVpcEndpointAssociations', kind: 'error', code, status: 403 });
    expect(await check(endpointId)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/grant ec2:DescribeVpcEndpointAssociations/),
    });
  });

  test('says where to look for an endpoint that is not there', async () => {
    expect(await check('vpce-0123456789abcdef9')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no VPC endpoint vpce-0123456789abcdef9\s+Next: .*--region/s),
    });
  });
});
