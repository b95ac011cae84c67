import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AcceptanceReport } from '../../functions/acceptance/handler.ts';
import { createFunction } from '../../sandbox/aws/lambda/function.ts';
import { vpcEndpointService } from '../../sandbox/aws/vpc-endpoints/operations.ts';
import {
  createEndpointWorld,
  type EndpointService,
  type EndpointWorld,
} from '../../sandbox/aws/vpc-endpoints/world.ts';
import { createFaults, type Faults } from '../../sandbox/aws/wire/faults.ts';
import { createQueryServer, type QueryServer } from '../../sandbox/aws/wire/server.ts';
import { createClock } from '../../sandbox/world/clock.ts';
import { createJournal } from '../../sandbox/world/journal.ts';
import type { LambdaFunction } from '../../sandbox/world/types.ts';

/* The built acceptance function as Lambda runs it, against EC2 on the wire. */

// A process per test: a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const bundle = join(import.meta.dirname, '../../dist/functions/acceptance/index.mjs');
const [listed, alsoListed, stranger] = ['444455556666', '777788889999', '343434343434'] as const;

const closers: (() => unknown)[] = [];
let world: EndpointWorld;
let orders: EndpointService;
let billing: EndpointService;
let ec2: QueryServer;
let faults: Faults;
let acceptance: LambdaFunction;

beforeEach(async () => {
  world = createEndpointWorld();
  [billing, orders] = [world.addService(), world.addService()];
  faults = createFaults();
  // Lambda tries again after minutes: a sixtieth of a second each.
  const shared = { clock: createClock(3600), journal: createJournal() };
  ec2 = await createQueryServer({ services: [vpcEndpointService(world)], faults, ...shared });
  acceptance = createFunction({
    name: 'orders-acceptance',
    bundle,
    memoryMb: 128,
    timeoutMs: 60_000,
    environment: {
      SERVICE_ID: orders.id,
      ACCEPTED_ACCOUNTS: `${listed},${alsoListed}`,
      AWS_ENDPOINT_URL: ec2.url,
    },
    ...shared,
  });
  closers.push(
    () => shared.clock.close(),
    () => ec2.close(),
    () => acceptance.close(),
  );
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const stateOf = (service: EndpointService, id: string) =>
  service.connections.find(({ endpointId }) => endpointId === id)?.state;
const accepts = () => ec2.calls().filter(({ action }) => action === 'AcceptVpcEndpointConnections');

/** What SNS delivers when an endpoint asks (PrivateLink guide, "endpoint event notifications"); none of it is believed. */
const notification = (ids: { readonly service: string; readonly endpoint: string }) => ({
  Records: [
    {
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      Sns: {
        Type: 'Notification',
        Subject: 'VPC Endpoint Connection Notification',
        Message: JSON.stringify({ VpcEndpointServiceId: ids.service, VpcEndpointId: ids.endpoint, Event: 'Connect' }),
      },
    },
  ],
});

async function run(event: unknown): Promise<AcceptanceReport> {
  const { status, payload } = await acceptance.invoke(event);
  expect(status, JSON.stringify(payload)).toBe('succeeded');
  return payload as AcceptanceReport;
}

describe('a notification that a consumer asks', () => {
  test('has the listed accounts accepted and leaves the others to people', async () => {
    const mine = [listed, alsoListed].map((owner) => world.connect(orders, { owner }).endpointId);
    const theirs = world.connect(orders, { owner: stranger }).endpointId;
    const rejected = world.connect(orders, { owner: listed, state: 'rejected' }).endpointId;
    expect(await run(notification({ service: orders.id, endpoint: theirs }))).toEqual({
      service: orders.id,
      accepted: mine.map((endpoint, index) => ({ endpoint, account: [listed, alsoListed][index] })),
      gone: [],
      left: [{ endpoint: theirs, account: stranger }],
    });
    expect(mine.map((id) => stateOf(orders, id))).toEqual(['available', 'available']);
    expect([theirs, rejected].map((id) => stateOf(orders, id))).toEqual(['pendingAcceptance', 'rejected']);
  });

  test('of another service accepts nothing there, for any account', async () => {
    const { endpointId } = world.connect(billing, { owner: listed });
    expect(await run(notification({ service: billing.id, endpoint: endpointId }))).toEqual({
      service: orders.id,
      accepted: [],
      gone: [],
      left: [],
    });
    expect(stateOf(billing, endpointId)).toBe('pendingAcceptance');
    expect(accepts()).toEqual([]);
  });

  test('that comes twice is one acceptance', async () => {
    const { endpointId } = world.connect(orders, { owner: listed });
    const event = notification({ service: orders.id, endpoint: endpointId });
    expect((await run(event)).accepted).toEqual([{ endpoint: endpointId, account: listed }]);
    expect((await run(event)).accepted).toEqual([]);
    expect(accepts()).toHaveLength(1);
  });
});

describe('a fault', () => {
  test.each([
    ['may not read', 'DescribeVpcEndpointConnections', /UnauthorizedOperation/],
    ['may not accept', 'AcceptVpcEndpointConnections', /UnauthorizedOperation/],
  ])('where the role %s fails the invocation, and nothing is accepted', async (_, action, said) => {
    const { endpointId } = world.connect(orders, { owner: listed });
    faults.add({ action, kind: 'error', code: 'UnauthorizedOperation', status: 403 });
    const { status, payload } = await acceptance.invoke(notification({ service: orders.id, endpoint: endpointId }));
    expect(status).toBe('failed');
    expect(JSON.stringify(payload)).toMatch(said);
    expect(stateOf(orders, endpointId)).toBe('pendingAcceptance');
  });

  test.each([
    ['that passes', ['failed', 'succeeded'], { kind: 'error', code: 'UnauthorizedOperation', status: 403 } as const],
    // It took effect: the SDK asks again, EC2 refuses that, and the request shows as accepted.
    ['of the network that hides what EC2 answered', ['succeeded'], { kind: 'lost-reply' } as const],
  ])('%s is a delay at most: the request is accepted once', async (_, results, fault) => {
    const { endpointId } = world.connect(orders, { owner: listed });
    faults.add({ action: 'AcceptVpcEndpointConnections', times: 1, ...fault });
    acceptance.invokeAsync(notification({ service: orders.id, endpoint: endpointId }));
    await acceptance.idle();
    expect(acceptance.results().map(({ status }) => status)).toEqual(results);
    expect(stateOf(orders, endpointId)).toBe('available');
  });

  test('in the configuration stops the function before it asks EC2 anything', async () => {
    const broken = createFunction({
      name: 'orders-acceptance',
      bundle,
      memoryMb: 128,
      timeoutMs: 60_000,
      environment: { SERVICE_ID: 'orders', ACCEPTED_ACCOUNTS: '*', AWS_ENDPOINT_URL: ec2.url },
      clock: createClock(1),
      journal: createJournal(),
    });
    closers.push(() => broken.close());
    const { status, payload } = await broken.invoke({});
    expect(status).not.toBe('succeeded');
    expect(JSON.stringify(payload)).toMatch(/SERVICE_ID is .*ACCEPTED_ACCOUNTS is/);
    expect(ec2.calls()).toEqual([]);
  });
});
