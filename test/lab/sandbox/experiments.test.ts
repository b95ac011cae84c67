import { describe, expect, test } from 'vitest';
import { experiments } from '../../../lab/experiments/catalogue.ts';
import type { Measured } from '../../../lab/experiments/experiment.ts';
import type { Deployment, Lab } from '../../../lab/lab.ts';
import { sandboxDeployment } from '../../../lab/sandbox/deployment.ts';
import { shared } from '../../shared.ts';

/* Each experiment once, at the same time, against the delays that the sandbox's load balancer draws. */

let deployment: Deployment;
let lab: Lab;
let first: Readonly<Record<string, Measured>>;

const once = (name: string, run: number, lane: number): Promise<Measured> => {
  const experiment = experiments.find((one) => one.name === name);
  if (!experiment) throw new Error(`no experiment ${name}`);
  return experiment.run(lab, run, lane, AbortSignal.timeout(100_000));
};

async function play(): Promise<void> {
  deployment = sandboxDeployment(30);
  lab = await deployment.open(await deployment.deploy({}, AbortSignal.timeout(60_000)), {});
  const [registration, weights, standby, cluster] = await Promise.all([
    once('registration', 0, 0),
    once('weights', 0, 1),
    once('standby', 0, 0).then(async (before) => ({ before, failover: await once('failover-instance', 0, 0) })),
    once('failover-cluster', 0, 0),
  ]);
  first = {
    registration,
    weights,
    standby: standby.before,
    'failover-instance': standby.failover,
    'failover-cluster': cluster,
  };
}

// A hook is not tried again, and a machine that paused for seconds has found no defect.
shared(
  () =>
    play().catch(async () => {
      await deployment.destroy({});
      await play();
    }),
  () => deployment?.destroy({}),
  240_000,
);

/** AWS seconds. */
const seconds = (name: string, figure: string): number => (first[name]?.ms[figure] ?? Number.NaN) / 1000;

// A busy machine is late, and may pause the client: nothing else bounds a figure from above. But nothing comes early.
describe('in the sandbox', () => {
  test.each([
    // docs/decisions/0006
    ['registration', 'healthy', 70],
    ['registration', 'connected', 90],
    ['weights', 'first', 75],
  ])('%s measures "%s" from the call on', (name, figure, least) => {
    expect(seconds(name, figure)).toBeGreaterThanOrEqual(least - 1);
    expect(seconds(name, figure)).toBeLessThan(900);
  });

  test('the last connection to what is left comes before all go elsewhere', () => {
    expect(seconds('registration', 'tail')).toBeGreaterThan(0);
    expect(seconds('weights', 'last')).toBeGreaterThan(0);
    expect(seconds('weights', 'last')).toBeLessThanOrEqual(seconds('weights', 'first'));
  });

  test.each([
    // A takeover lasts 15 s at least, in a cluster 10 s; a registration 90 s more.
    ['failover-instance', 'direct', 15],
    ['failover-instance', 'warm standby', 15],
    ['failover-instance', 'reconciler', 105],
    ['failover-cluster', 'direct', 10],
    ['failover-cluster', 'reconciler', 100],
  ])('one %s shows what clients wait for on each way: %s', (name, way, least) => {
    expect(seconds(name, way)).toBeGreaterThanOrEqual(least);
    const { before, after } = first[name]?.facts ?? {};
    expect([before, after]).toEqual(['10.0.1.10', '10.0.2.10']);
  });

  test("the standby's interface is listed, and its port refuses", () => {
    expect(first.standby?.facts).toMatchObject({
      when: 'before',
      zones: 'eu-central-1a, standby in eu-central-1b',
      interfaces: expect.stringMatching(
        /^10\.0\.1\.10 in eu-central-1a .*: ok; 10\.0\.2\.10 in eu-central-1b .*: refused$/,
      ),
    });
  });

  test('what a sandbox cannot do is said, and not made up', async () => {
    expect(await once('standby', 4, 0)).toEqual({
      ms: {},
      facts: { when: 'after a change of class', result: 'only on AWS' },
    });
  });

  test('a run that was killed leaves a target, which the next one takes away first', async () => {
    const [scratch] = lab.outputs.scratch;
    const elbv2 = lab.clients('scratch').elbv2();
    const { RegisterTargetsCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
    await elbv2.send(
      new RegisterTargetsCommand({
        TargetGroupArn: scratch?.targetGroupArns[0],
        Targets: [{ Id: '10.0.1.10', Port: 5432 }],
      }),
    );
    const { ms } = await once('registration', 1, 0);
    expect((ms.connected ?? 0) / 1000).toBeGreaterThanOrEqual(89);
  });

  test('the replies and events are recorded for fixtures', async () => {
    const actions = new Set(lab.replies.map(({ action }) => action));
    expect([...actions]).toEqual(
      expect.arrayContaining(['DescribeTargetHealth', 'DescribeNetworkInterfaces', 'DescribeDBClusters']),
    );
    expect(await lab.events()).toContainEqual(expect.objectContaining({ source: 'aws.rds' }));
  });

  test('nothing answers once it is destroyed', async () => {
    expect(await deployment.left({}, true)).not.toEqual([]);
    await deployment.destroy({});
    expect(await deployment.left({}, true)).toEqual([]);
  });
});
