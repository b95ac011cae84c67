import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHands, createRig, createUsedGroup, type Rig } from './rig.ts';

let rig: Rig;
let hands: ReturnType<typeof createHands>;

beforeEach(async () => {
  rig = await createRig();
  hands = createHands(rig, createUsedGroup(rig));
});
afterEach(() => rig.close());

describe('registering', () => {
  test("uses the group's port and fills in the Availability Zone of the subnet", async () => {
    await hands.register({ Id: '10.0.2.10' });
    expect(await hands.health()).toEqual([
      {
        Target: { Id: '10.0.2.10', Port: 5432, AvailabilityZone: 'eu-central-1b' },
        HealthCheckPort: '5432',
        TargetHealth: {
          State: 'initial',
          Reason: 'Elb.RegistrationInProgress',
          Description: 'Target registration is in progress',
        },
      },
    ]);
  });

  test('tells targets apart by port as well as by address', async () => {
    await hands.register({ Id: '10.0.1.10', Port: 5432 }, { Id: '10.0.1.10', Port: 5433 });
    expect(await hands.states()).toEqual(['10.0.1.10:5432 initial', '10.0.1.10:5433 initial']);
  });

  test('leaves a target alone that is registered already', async () => {
    await hands.register({ Id: '10.0.1.10' });
    hands.makeHealthy('10.0.1.10');
    await hands.register({ Id: '10.0.1.10', Port: 5432 }, { Id: '10.0.1.10' });
    expect(await hands.states()).toEqual(['10.0.1.10:5432 healthy']);
  });

  test('brings a draining target back, through the initial state', async () => {
    await hands.register({ Id: '10.0.1.10' });
    hands.makeHealthy('10.0.1.10');
    await hands.deregister({ Id: '10.0.1.10' });
    await hands.register({ Id: '10.0.1.10' });
    expect(await hands.states()).toEqual(['10.0.1.10:5432 initial']);
    hands.seconds(301);
    hands.probe('10.0.1.10', true, true, true, true);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 initial']);
    hands.probe('10.0.1.10', true);
    expect(await hands.states()).toEqual(['10.0.1.10:5432 healthy']);
  });

  test('registers none of a request when it refuses one', async () => {
    await expect(hands.register({ Id: '10.0.1.10' }, { Id: '8.8.8.8' })).rejects.toThrow();
    expect(await hands.states()).toEqual([]);
  });

  test.each([
    ['a public address', '8.8.8.8'],
    ['the loopback address', '127.0.0.1'],
    ['a link-local address', '169.254.169.254'],
    ['something that is no address', '10.0.1'],
    ['an address that is written as one number', '167772426'],
    ['a host name', 'db.example.com'],
    ['an IPv6 address in an IPv4 group', 'fd00::10'],
    ['an instance identifier', 'i-0123456789abcdef0'],
    ['a private address outside the VPC without a zone', '10.9.0.10'],
    ['an address of the VPC that is in none of its subnets', '10.0.200.10'],
  ])('refuses %s, and names it', async (_, Id) => {
    const refusal = await hands.register({ Id }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'ValidationError', $metadata: { httpStatusCode: 400 } });
    expect(refusal).toHaveProperty('message', expect.stringContaining(`'${Id}'`));
  });

  test('refuses an Availability Zone of all, or a wrong one, for an address inside the VPC', async () => {
    const inside = { Id: '10.0.1.10' };
    await expect(hands.register({ ...inside, AvailabilityZone: 'all' })).rejects.toMatchObject({
      name: 'ValidationError',
    });
    await expect(hands.register({ ...inside, AvailabilityZone: 'eu-central-1b' })).rejects.toMatchObject({
      name: 'ValidationError',
    });
    await hands.register({ ...inside, AvailabilityZone: 'eu-central-1a' });
    expect(await hands.states()).toEqual(['10.0.1.10:5432 initial']);
  });

  test.each(['10.9.0.10', '172.16.0.10', '192.168.0.10', '100.64.0.10'])(
    'takes %s from outside the VPC with an Availability Zone of all',
    async (Id) => {
      await hands.register({ Id, AvailabilityZone: 'all' });
      expect(await hands.health()).toMatchObject([
        { Target: { Id, Port: 5432, AvailabilityZone: 'all' }, TargetHealth: { State: 'initial' } },
      ]);
    },
  );

  test.each(['8.8.8.8', '127.0.0.1', '169.254.169.254', '0.0.0.0', '172.32.0.1'])(
    'refuses %s whatever the Availability Zone',
    async (Id) => {
      await expect(hands.register({ Id, AvailabilityZone: 'all' })).rejects.toMatchObject({ name: 'ValidationError' });
    },
  );

  test('takes only IPv6 addresses of the VPC for an IPv6 group', async () => {
    hands = createHands(rig, createUsedGroup(rig, { name: 'six', ipAddressType: 'ipv6' }));
    await hands.register({ Id: 'fd00:1:0:2::10' });
    expect((await hands.health())[0]?.Target?.AvailabilityZone).toBe('eu-central-1b');
    for (const Id of ['10.0.1.10', 'fd00:2::10', '2001:db8::1', '::1']) {
      await expect(hands.register({ Id, AvailabilityZone: 'all' })).rejects.toMatchObject({ name: 'ValidationError' });
    }
  });

  test('refuses a port that is none, and a request without targets', async () => {
    await expect(hands.register({ Id: '10.0.1.10', Port: 0 })).rejects.toMatchObject({ name: 'ValidationError' });
    await expect(hands.register({ Id: '10.0.1.10', Port: 65_536 })).rejects.toMatchObject({ name: 'ValidationError' });
    await expect(hands.register()).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('deregistering', () => {
  test('needs the zone outside the VPC, as registering does', async () => {
    await hands.register({ Id: '10.9.0.10', AvailabilityZone: 'all' });
    await expect(hands.deregister({ Id: '10.9.0.10' })).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining("select 'all'"),
    });
    await hands.deregister({ Id: '10.9.0.10', AvailabilityZone: 'all' });
    expect((await hands.states()).every((state) => state.includes('draining'))).toBe(true);
  });

  test('drains for the deregistration delay, and then the target is gone', async () => {
    await hands.register({ Id: '10.0.1.10' });
    await hands.deregister({ Id: '10.0.1.10' });
    hands.seconds(299);
    expect((await hands.health())?.[0]?.TargetHealth).toEqual({
      State: 'draining',
      Reason: 'Target.DeregistrationInProgress',
      Description: 'Target deregistration is in progress',
    });
    hands.seconds(1);
    expect(await hands.states()).toEqual([]);
  });

  test('does not begin the delay again for a target that drains already', async () => {
    await hands.register({ Id: '10.0.1.10' });
    await hands.deregister({ Id: '10.0.1.10' });
    hands.seconds(200);
    await hands.deregister({ Id: '10.0.1.10' });
    hands.seconds(100);
    expect(await hands.states()).toEqual([]);
  });

  test('succeeds for a target that is not there', async () => {
    await hands.register({ Id: '10.0.1.10' });
    await hands.deregister({ Id: '10.0.1.99' });
    expect(await hands.states()).toEqual(['10.0.1.10:5432 initial']);
  });

  test('does nothing, silently, when the target has another port and none is named', async () => {
    await hands.register({ Id: '10.0.1.10', Port: 6000 });
    await hands.deregister({ Id: '10.0.1.10' });
    expect(await hands.states()).toEqual(['10.0.1.10:6000 initial']);
    await hands.deregister({ Id: '10.0.1.10', Port: 6000 });
    expect(await hands.states()).toEqual(['10.0.1.10:6000 draining']);
  });

  test('takes a target away at once when the delay is 0', async () => {
    const attributes = { 'deregistration_delay.timeout_seconds': '0' };
    hands = createHands(rig, createUsedGroup(rig, { name: 'other', attributes }));
    await hands.register({ Id: '10.0.1.10' });
    await hands.deregister({ Id: '10.0.1.10' });
    expect(await hands.states()).toEqual([]);
  });
});
