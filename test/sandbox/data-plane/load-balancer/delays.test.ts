import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createGroupView } from '../../../../sandbox/data-plane/load-balancer/group-view.ts';
import type { Span } from '../../../../sandbox/world/database/timings.ts';
import {
  createDelays,
  type DelayProfileName,
  delayProfile,
  delayProfiles,
} from '../../../../sandbox/world/load-balancer-delays.ts';
import { createHands, createRig, createUsedGroup, type Rig } from '../../aws/elbv2/rig.ts';

const blue = '10.0.1.10';
const green = '10.0.2.10';
const terminate = { 'deregistration_delay.connection_termination.enabled': 'true' };
const noDelay = { 'deregistration_delay.timeout_seconds': '0' };
let rig: Rig;

/** A group in use by a load balancer of this profile, whose draws all come out at this share of their span. */
async function start(profile: DelayProfileName, drawn: number, attributes: Readonly<Record<string, string>> = {}) {
  const delays = createDelays(profile, () => drawn);
  rig = await createRig({}, delays);
  const { clock, journal } = rig;
  const group = createUsedGroup(rig, { attributes });
  const cuts: string[] = [];
  const view = createGroupView({
    ...{ targetGroup: group, clock, journal, delays, changed: () => {}, isForwardedTo: () => true },
    cut: ({ ip }, reason) => cuts.push(`${ip} ${reason}`),
  });
  const hands = createHands(rig, group);
  const routable = () => view.routable().map(({ ip }) => ip);
  /** Healthy, and known to be by the load balancer. */
  const serve = async (ip: string) => {
    await hands.register({ Id: ip });
    hands.seconds(300);
    hands.probe(ip, true, true, true, true, true);
    hands.seconds(40);
  };
  return { ...hands, delays, routable, serve, cuts };
}

afterEach(() => rig.close());

describe('a registration', () => {
  test.each([
    ['aws', 0, 90],
    ['aws', 1, 180],
    ['slow', 0, 180],
    ['slow', 1, 300],
    ['ideal', 0, 15],
  ] as const)(
    'with %s delays at %i of their span reaches the load balancer after %i s',
    async (profile, drawn, after) => {
      const { register, seconds, routable } = await start(profile, drawn);
      await register({ Id: blue });
      seconds(after - 0.1);
      expect(routable()).toEqual([]);
      seconds(0.1);
      expect(routable()).toEqual([blue]);
    },
  );

  test.each([
    [0, 70],
    [1, 120],
  ])('waits for its first health check, at %i of the span %i s', async (drawn, after) => {
    const { register, seconds, health } = await start('aws', drawn);
    await register({ Id: blue });
    seconds(after - 0.1);
    expect((await health())[0]?.TargetHealth?.Reason).toBe('Elb.RegistrationInProgress');
    seconds(0.1);
    expect((await health())[0]?.TargetHealth?.Reason).toBe('Elb.InitialHealthChecking');
  });

  test('reaches it while the API still says initial, where no target is healthy', async () => {
    const { register, seconds, routable, states } = await start('aws', 0);
    await register({ Id: blue });
    seconds(90);
    expect(await states()).toEqual([`${blue}:5432 initial`]);
    expect(routable()).toEqual([blue]);
  });
});

describe('a deregistration without a delay', () => {
  test.each([
    [0, 75],
    [1, 120],
  ])('at %i of the span lets new connections arrive for %i s', async (drawn, after) => {
    const { serve, deregister, seconds, routable, states, cuts } = await start('aws', drawn, {
      ...noDelay,
      ...terminate,
    });
    await serve(blue);
    await deregister({ Id: blue });
    expect(await states()).toEqual([]);
    seconds(after - 0.1);
    expect(routable()).toEqual([blue]);
    expect(cuts).toEqual([]);
    seconds(0.1);
    expect(routable()).toEqual([]);
    expect(cuts).toEqual([`${blue} deregistered`]);
  });

  test('does not undo a later registration, however long it takes', async () => {
    const { serve, register, deregister, seconds, routable, delays } = await start('aws', 0, noDelay);
    await serve(blue);
    delays.use({ ...delayProfile('aws'), registration: 90_000, deregistration: 120_000 });
    await deregister({ Id: blue });
    await register({ Id: blue });
    seconds(300);
    expect(routable()).toEqual([blue]);
  });

  test('is followed by a new registration only after it has taken effect', async () => {
    const { serve, register, deregister, seconds, routable } = await start('aws', 0, noDelay);
    await serve(blue);
    await deregister({ Id: blue });
    seconds(10);
    await register({ Id: blue });
    seconds(64.9);
    expect(routable()).toEqual([blue]);
    seconds(0.1);
    expect(routable()).toEqual([]);
    seconds(25);
    expect(routable()).toEqual([blue]);
  });
});

test('a deregistration with a delay stops new connections, and ends the old ones as late after its end', async () => {
  const { serve, deregister, seconds, routable, cuts } = await start('aws', 0, {
    ...terminate,
    'deregistration_delay.timeout_seconds': '200',
  });
  await serve(blue);
  await deregister({ Id: blue });
  seconds(74.9);
  expect(routable()).toEqual([blue]);
  seconds(0.1);
  expect(routable()).toEqual([]);
  seconds(199.9);
  expect(cuts).toEqual([]);
  seconds(0.1);
  expect(cuts).toEqual([`${blue} deregistered`]);
});

describe('a change of health', () => {
  test.each([
    [0, 30],
    [1, 40],
  ])('at %i of the span reaches the load balancer after %i s, both ways', async (drawn, after) => {
    const { serve, probe, seconds, routable, cuts } = await start('aws', drawn);
    await serve(blue);
    await serve(green);
    probe(blue, false, false);
    seconds(after - 0.1);
    expect(routable()).toEqual([blue, green]);
    expect(cuts).toEqual([]);
    seconds(0.1);
    expect(routable()).toEqual([green]);
    expect(cuts).toEqual([`${blue} unhealthy`]);
    probe(blue, true, true, true, true, true);
    seconds(after - 0.1);
    expect(routable()).toEqual([green]);
    seconds(0.1);
    expect(routable()).toEqual([blue, green]);
  });

  test('ends no connection where no target is healthy any more', async () => {
    const { serve, probe, seconds, routable, cuts } = await start('aws', 0);
    await serve(blue);
    probe(blue, false, false);
    seconds(60);
    expect(routable()).toEqual([blue]);
    expect(cuts).toEqual([]);
  });
});

test('another profile applies to what happens from then on', async () => {
  const { register, seconds, routable, delays } = await start('ideal', 0);
  await register({ Id: blue });
  delays.use('aws');
  await register({ Id: green });
  seconds(15);
  expect(routable()).toEqual([blue]);
  seconds(75);
  expect(routable()).toEqual([blue, green]);
});

test('an unknown profile is refused with the names that there are', async () => {
  await start('ideal', 0);
  expect(() => delayProfile('fast')).toThrow('there is no load balancer profile "fast"; allowed: aws, slow, ideal');
  expect(() => delayProfile('toString')).toThrow('allowed: aws, slow, ideal');
});

test('the figures of each profile stand in the record of what is known of AWS', () => {
  const record = readFileSync(
    join(import.meta.dirname, '../../../../docs/decisions/0006-what-is-known-of-aws.md'),
    'utf8',
  );
  const span = (one: Span) => (typeof one === 'number' ? `${one / 1000} s` : `${one[0] / 1000}–${one[1] / 1000} s`);
  const { aws, slow } = delayProfiles;
  for (const what of Object.keys(aws) as (keyof typeof aws)[])
    expect(record, what).toContain(`| ${span(aws[what])} | ${span(slow[what])} |`);
});
