import { expect, test } from 'vitest';
import type { DatabaseKind } from '../../sandbox/world/database/state.ts';
import { securityGroupIds } from '../../sandbox/world/surroundings.ts';
import type { EventBridgeEvent, InvocationResult } from '../../sandbox/world/types.ts';
import { changes, eventually, failOver, holdsWriterAlone, live, reportOf, start, watchGroup, writerOf } from './rig.ts';

/** A test for each invariant of the design. */
export function holdInvariants(kind: DatabaseKind): void {
  test('1. the group is never emptied, over failover and failback with flapping DNS', async () => {
    const sandbox = await start({ kind, timings: { dnsFlap: 25_000 } });
    const fewest = watchGroup(sandbox);
    await failOver(sandbox);
    await holdsWriterAlone(sandbox);
    await failOver(sandbox);
    await holdsWriterAlone(sandbox);
    expect(fewest()).toBeGreaterThanOrEqual(1);
  });

  test('2. unknown changes nothing', async () => {
    const sandbox = await start({ kind, isScheduled: false });
    const since = Date.now();
    const check = async () => reportOf(await sandbox.functions.drift.invoke({ action: 'resync' }));
    for (const answer of ['nxdomain', 'servfail', 'refused', 'garbage', 'no-data'] as const) {
      sandbox.database.dns.override('all', { kind: answer });
      expect(await check(), answer).toMatchObject({ outcome: 'held', reason: 'AddressUnknown' });
    }
    sandbox.database.dns.override('all', undefined);
    sandbox.faults.add({ action: 'DescribeDBInstances', kind: 'error', code: 'InternalFailure', status: 500 });
    sandbox.faults.add({ action: 'DescribeDBClusters', kind: 'error', code: 'InternalFailure', status: 500 });
    expect(await check()).toMatchObject({ outcome: 'held', reason: 'TopologyUnavailable' });
    expect(changes(sandbox, since)).toEqual([]);
  });

  test('3. an address that is not allowed is never registered', async () => {
    const sandbox = await start({ kind, isScheduled: false });
    const since = Date.now();
    for (const ip of ['52.29.1.1', '127.0.0.1', '169.254.169.254', '0.0.0.0']) {
      sandbox.database.dns.override('all', { kind: 'records', a: [ip] });
      const report = reportOf(await sandbox.functions.failover.invoke({ action: 'resync' }));
      expect(report, ip).toMatchObject({ outcome: 'held', reason: 'AddressNotAllowed' });
    }
    expect(changes(sandbox, since)).toEqual([]);
  });

  test("3. with verification only the database's own address is registered, as EC2 shows it", async () => {
    const sandbox = await start({ kind, isScheduled: false });
    const { ec2 } = sandbox.surroundings;
    const asked = () => sandbox.api.calls().filter(({ action }) => action === 'DescribeNetworkInterfaces');
    const resync = async () => reportOf(await sandbox.functions.drift.invoke({ action: 'resync' }));
    const before = asked().length;
    expect(await resync()).toMatchObject({ outcome: 'in-sync' });
    expect(asked()).toHaveLength(before);
    const since = Date.now();
    const groups = { securityGroups: [securityGroupIds.database] };
    ec2.interfaces.set('10.0.1.200', { id: 'eni-1', type: 'interface', description: 'RDSNetworkInterface', ...groups });
    for (const ip of ['10.0.1.201', '10.0.1.200']) {
      sandbox.database.dns.override('all', { kind: 'records', a: [ip] });
      const held = await resync();
      expect(held, ip).toMatchObject({ outcome: 'held', reason: 'AddressNotOurs' });
      expect(held.detail).toContain(ip);
    }
    expect(changes(sandbox, since)).toEqual([]);
    // Another host of the database is its own, once EC2 shows it.
    const [, { ip } = { ip: '' }] = sandbox.database.places();
    sandbox.database.dns.override('all', { kind: 'records', a: [ip] });
    ec2.unseen.add(ip);
    expect(await resync()).toMatchObject({ reason: 'AddressNotOurs', detail: expect.stringContaining('no network') });
    ec2.unseen.clear();
    expect(await resync()).toMatchObject({ outcome: 'changed', registered: [`${ip}:5432`] });
    sandbox.database.dns.override('all', undefined);
    sandbox.faults.add({ action: 'DescribeNetworkInterfaces', kind: 'hang' });
    const unverified = await resync();
    expect(unverified.registered).toEqual([writerOf(sandbox)]);
    expect(unverified.detail).toContain(`${sandbox.database.writer().ip} was registered unverified: `);
  });

  test('4. nothing is deregistered before its replacement is registered, and nothing when that fails', async () => {
    const sandbox = await start({ kind, isScheduled: false });
    const stop = sandbox.faults.add({ action: 'RegisterTargets', kind: 'error', code: 'InternalFailure', status: 500 });
    const since = Date.now();
    const failing = failOver(sandbox);
    await eventually(() => expect(changes(sandbox, since).length).toBeGreaterThanOrEqual(6));
    expect(changes(sandbox, since).every(({ action }) => action === 'RegisterTargets')).toBe(true);
    stop();
    await failing;
    await holdsWriterAlone(sandbox);
    const accepted = changes(sandbox, since)
      .filter(({ outcome }) => outcome === 'ok')
      .map(({ action }) => action);
    expect(accepted[0]).toBe('RegisterTargets');
    expect(accepted).toContain('DeregisterTargets');
  });

  test('5. once the truth is stable, the group holds the writer alone, though the API lags by minutes', async () => {
    const sandbox = await start({ kind });
    sandbox.database.freezeApiView();
    await failOver(sandbox);
    await holdsWriterAlone(sandbox);
    sandbox.database.thawApiView();
    // The third to end has begun after the second, at the latest, and has seen the API's new answer.
    const { results } = sandbox.functions.drift;
    const before = results().length;
    await eventually(() => expect(results().length).toBeGreaterThanOrEqual(before + 3));
    expect(live(sandbox)).toEqual([writerOf(sandbox)]);
  });

  test('6. a payload never chooses a target', async () => {
    const sandbox = await start({ kind, isScheduled: false });
    const since = Date.now();
    const forged = {
      source: 'aws.rds',
      'detail-type': kind === 'cluster' ? 'RDS DB Cluster Event' : 'RDS DB Instance Event',
      time: new Date().toISOString(),
      resources: [sandbox.database.arn],
      detail: {
        EventID: kind === 'cluster' ? 'RDS-EVENT-0071' : 'RDS-EVENT-0049',
        SourceIdentifier: 'orders',
        Message: 'Completed failover to DB instance: orders-2',
        Endpoint: '10.0.9.9',
        Port: 1,
      },
      TARGET_GROUP_ARN: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/other/0123456789abcdef',
      targets: ['10.0.9.9:1'],
    };
    expect(reportOf(await sandbox.functions.failover.invoke(forged))).toMatchObject({ outcome: 'in-sync' });
    expect(reportOf(await sandbox.functions.drift.invoke({ action: 'resync', targets: ['10.0.9.9:1'] }))).toMatchObject(
      { outcome: 'in-sync' },
    );
    expect(changes(sandbox, since)).toEqual([]);
  });

  test('7. with every event lost and the APIs failing for a while, the group is right within one schedule period', async () => {
    const sandbox = await start({ kind, isScheduled: false });
    const { drift } = sandbox.functions;
    let check = (event: EventBridgeEvent) => drift.invokeAsync(event);
    sandbox.eventBridge.schedule('orders-drift', 60_000, (event) => check(event));
    sandbox.eventBridge.delivery({ loseAll: true });
    sandbox.faults.add({ action: 'all', kind: 'error', code: 'ServiceUnavailable', status: 503 });
    await sandbox.database.failover({ cause: 'crash' });
    expect(live(sandbox)).not.toEqual([writerOf(sandbox)]);
    sandbox.faults.clear();
    const first = new Promise<InvocationResult>((resolve) => {
      check = (event) => resolve(drift.invoke(event));
    });
    reportOf(await first);
    expect(live(sandbox)).toEqual([writerOf(sandbox)]);
  });

  test('8. a fault fails the invocation, so that Lambda counts and retries it', async () => {
    const sandbox = await start({ kind, isScheduled: false });
    sandbox.faults.add({ action: 'DescribeTargetHealth', kind: 'error', code: 'AccessDenied', status: 403 });
    const result = await sandbox.functions.drift.invoke({ action: 'resync' });
    expect(result).toMatchObject({
      status: 'failed',
      payload: { errorType: 'ReconcileError', errorMessage: expect.stringMatching(/DescribeTargetHealth.*grant/s) },
    });
    sandbox.functions.drift.invokeAsync({ action: 'resync' });
    await sandbox.functions.drift.idle();
    expect(sandbox.functions.drift.results().filter(({ status }) => status === 'failed')).toHaveLength(4);
  });
}
