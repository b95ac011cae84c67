import { once } from 'node:events';
import { ElasticLoadBalancingV2Client, RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, test } from 'vitest';
import { sandboxAccess } from '../../../cli/access/sandbox.ts';
import { DrillRefused } from '../../../cli/drill/checks.ts';
import { runDrill } from '../../../cli/drill/drill.ts';
import { mainOutage } from '../../../cli/drill/outage.ts';
import { type Observation, ofKind } from '../../../cli/drill/record.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import type { DatabaseView } from '../../../sandbox/world/database/view.ts';
import { drillOf, interruptedAt, measured, startSandbox, wasFailedOver, withClosing } from './rig.ts';

const refusal = async (sandbox: Sandbox): Promise<string> => {
  const refused = await measured(sandbox).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DrillRefused);
  expect(wasFailedOver(sandbox)).toBe(false);
  return (refused as DrillRefused).reasons.join('\n');
};

const bend = (sandbox: Sandbox, change: (view: DatabaseView) => DatabaseView) =>
  sandbox.database.overrideApiView(change);

describe('a drill through the APIs, DNS, the logs and the endpoint', () => {
  test.each([
    ['instance', 'RebootDBInstance', 'RDS-EVENT-0013'],
    ['cluster', 'FailoverDBCluster', 'RDS-EVENT-0073'],
  ] as const)(
    'of the %s asks for %s, and finds all that was seen, from the outage to the last',
    async (kind, action, event) => {
      const sandbox = await startSandbox(kind);
      const record = await measured(sandbox);
      expect(record).toMatchObject({ problems: [], outcome: 'recovered' });
      expect(sandbox.api.calls().filter((call) => call.action === action)).toHaveLength(1);
      expect(record.before.dns).not.toBe(record.after.dns);
      expect(record.targets).toEqual([`${record.writer} healthy`]);
      expect(record.writer).toBe(`${sandbox.database.writer().ip}:${sandbox.database.writer().port}`);

      const steps = Object.fromEntries(record.timeline.map((step) => [step.name, step]));
      for (const name of ['detection', 'DNS', 'event', 'reconcile', 'registration', 'first write'])
        expect(steps[name]?.atMs, `${name}: ${steps[name]?.seenBy}`).toBeTypeOf('number');
      // AWS tells of the promotion of an instance by the event that says completed, which may come after DNS has moved.
      const { atMs: promotedMs, seenBy = '' } = steps.promotion ?? {};
      if (promotedMs === undefined) expect(seenBy).toMatch(/^DNS moved before/);
      else expect(promotedMs).toBeLessThanOrEqual(steps.DNS?.atMs ?? 0);
      expect(steps.detection?.seenBy).toBe(event);
      expect(steps.event?.seenBy).toContain('orders-failover');
      const { firstWriteAt = Number.NaN, lastWriteAt = Number.NaN } = mainOutage(record.client.outages) ?? {};
      expect(steps['first write']?.atMs).toBe(firstWriteAt - lastWriteAt);
      // What each step takes adds up to when the last was reached.
      const sum = record.timeline.reduce((total, { sinceMs = 0 }) => total + sinceMs, 0);
      expect(sum).toBe(record.timeline.findLast(({ atMs }) => atMs !== undefined)?.atMs);
      const shares = record.shares ?? [];
      expect(shares.flatMap(({ parts }) => parts)).toEqual(['database', 'known', 'registered', 'load balancer']);
      expect(shares.reduce((total, { ms }) => total + ms, 0)).toBeCloseTo(firstWriteAt - lastWriteAt, 6);
      expect(
        ofKind(record.observations, 'invocation').some(({ registered }) => registered.includes(record.writer)),
      ).toBe(true);
    },
  );

  test('counts from before the call: the outage may begin before the API has answered', async () => {
    const sandbox = await startSandbox('instance', { isScheduled: false });
    const isDown = (one: Observation) => one.kind === 'topology' && one.status !== 'available';
    const { signal: seen, follow } = interruptedAt(isDown);
    const drill = await drillOf(sandbox, { follow });
    const { database } = drill.ports;
    const failOver = async () => {
      await database.failOver();
      if (!seen.aborted) await once(seen, 'abort');
    };
    const record = await runDrill({ ...drill, ports: { ...drill.ports, database: { ...database, failOver } } });
    expect(record.outcome).toBe('recovered');
    expect(record.observations.find(isDown)?.at).toBeGreaterThan(record.requestedAt ?? Number.NaN);
  });

  test('says when no event came and no log could be read, and measures the rest', async () => {
    const sandbox = await startSandbox('instance');
    sandbox.eventBridge.delivery({ loseAll: true });
    const drill = await drillOf(sandbox);
    const silent = { name: 'the log', since: () => Promise.reject(new Error('AWS denies logs:FilterLogEvents')) };
    const record = await runDrill({ ...drill, ports: { ...drill.ports, chronicles: [silent] } });
    expect(record.problems).toEqual([]);
    const event = record.timeline.find(({ name }) => name === 'event');
    expect(event).toMatchObject({ seenBy: expect.stringContaining('logs could not be read') });
    expect(event?.atMs).toBeUndefined();
    const troubles = ofKind(record.observations, 'trouble');
    expect(troubles.map(({ message }) => message)).toEqual(['AWS denies logs:FilterLogEvents']);
  });
});

describe('a drill refuses', () => {
  test('an instance without a standby, one that is not available, and a group that is not in sync; and says what to do', async () => {
    const sandbox = await startSandbox('instance', { isScheduled: false });
    bend(sandbox, (view) => ({ ...view, instances: view.instances.map((one) => ({ ...one, multiAz: false })) }));
    expect(await refusal(sandbox)).toMatch(/no standby \(Multi-AZ is off\).*Turn Multi-AZ on/);

    bend(sandbox, (view) => ({ ...view, instances: view.instances.map((one) => ({ ...one, status: 'modifying' })) }));
    expect(await refusal(sandbox)).toMatch(/orders is modifying, not available\. Wait/);

    sandbox.database.overrideApiView(undefined);
    await new ElasticLoadBalancingV2Client(sandboxAccess(sandbox)).send(
      new RegisterTargetsCommand({
        TargetGroupArn: sandbox.targetGroup.arn,
        Targets: [{ Id: '10.0.3.77', Port: 5432 }],
      }),
    );
    expect(await refusal(sandbox)).toMatch(/not in sync: it holds .*10\.0\.3\.77:5432.*rds-target resync/);
  });

  test('a cluster without a reader, one whose name does not resolve, and an endpoint that does not serve', async () => {
    const sandbox = await startSandbox('cluster', { isScheduled: false });
    bend(sandbox, (view) => ({ ...view, instances: view.instances.filter(({ isWriter }) => isWriter) }));
    expect(await refusal(sandbox)).toMatch(/no available reader to promote\. Add a reader/);

    sandbox.database.overrideApiView(undefined);
    sandbox.database.dns.override('all', { kind: 'servfail' });
    expect(await refusal(sandbox)).toMatch(/does not resolve to one address here \(failed: ESERVFAIL\)/);

    sandbox.database.dns.override('all', undefined);
    await sandbox.loadBalancer.close();
    expect(await refusal(sandbox)).toMatch(/endpoint does not serve: .*ECONNREFUSED/);
  });

  test('nothing that AWS denies: the missing action is named, and the client is closed', async () => {
    const sandbox = await startSandbox('instance', { isScheduled: false });
    sandbox.faults.add({ action: 'RebootDBInstance', kind: 'error', code: 'AccessDenied', status: 403, message: 'no' });
    const drill = await drillOf(sandbox);
    const { ports, closed } = withClosing(drill.ports);
    await expect(runDrill({ ...drill, ports })).rejects.toThrow(/rds:RebootDBInstance/);
    expect(closed()).toBe(true);
  });
});

describe('Ctrl-C', () => {
  test('before the failover fails nothing over', async () => {
    const sandbox = await startSandbox('instance', { isScheduled: false });
    const drill = await drillOf(
      sandbox,
      interruptedAt(({ kind }) => kind === 'dns'),
    );
    const { ports, closed } = withClosing(drill.ports);
    const record = await runDrill({ ...drill, ports });
    expect(record).toMatchObject({ outcome: 'interrupted', timeline: [] });
    expect(record.problems).toEqual(['interrupted before the failover: nothing was failed over']);
    expect(wasFailedOver(sandbox)).toBe(false);
    expect(closed()).toBe(true);
  });

  test('in the middle ends the client, and tells what was measured and how things stand', async () => {
    const sandbox = await startSandbox('instance');
    const drill = await drillOf(
      sandbox,
      interruptedAt((one) => one.kind === 'target' && one.state === 'unhealthy'),
    );
    const { ports, closed } = withClosing(drill.ports);
    const record = await runDrill({ ...drill, ports });
    expect(record.outcome).toBe('interrupted');
    expect(record.problems[0]).toMatch(/a requested failover continues/);
    expect(record.client.outages[0]?.firstWriteAt).toBeUndefined();
    expect(ofKind(record.observations, 'target').at(-1)).toMatchObject({ state: 'unhealthy' });
    expect(record.targets.length).toBeGreaterThan(0);
    expect(closed()).toBe(true);
  });
});
