import { describe, expect, test } from 'vitest';
import { createClients } from '../../cli/access/clients.ts';
import { createPorts } from '../../lib/adapters/ports.ts';
import { respond } from '../../lib/invocation.ts';
import { configFromEnv } from '../../lib/settings/config.ts';
import type { SandboxOptions } from '../../sandbox/sandbox.ts';
import { createListenerEngine } from '../../sandbox/world/database/listener-engine.ts';
import { securityGroupIds } from '../../sandbox/world/surroundings.ts';
import { changes, eventually, failOver, holdsWriterAlone, live, reportOf, start } from './rig.ts';

/** The range of the sandbox's VPC: global addresses count only where it is named. */
const vpcRange = '2001:db8::/56';
const config: SandboxOptions['config'] = (one) => ({
  ...one,
  policy: { ...one.policy, allowedCidrs: [...one.policy.allowedCidrs, vpcRange] },
});
const engine = createListenerEngine;

describe.each(['instance', 'cluster'] as const)('a dual-stack %s', (kind) => {
  test('is followed by its IPv6 addresses where the group is of type ipv6', async () => {
    const sandbox = await start({ kind, engine, config, dualStack: 'ipv6' });
    const writer = () => `[${sandbox.database.writer().ipv6}]:${sandbox.database.writer().port}`;
    const keys = () => sandbox.targetGroup.targets().map(({ ip, port }) => `[${ip}]:${port}`);
    expect(keys()).toEqual([writer()]);
    expect(sandbox.balancer.ipAddressType).toBe('dualstack');
    await failOver(sandbox);
    await eventually(() => expect(keys()).toEqual([writer()]));
    const asked = changes(sandbox).flatMap(({ params }) => params['Targets.member.1.Id'] ?? []);
    expect(asked.every((ip) => ip.startsWith('2001:db8:'))).toBe(true);
    expect(changes(sandbox).every(({ outcome }) => outcome === 'ok')).toBe(true);
  });
});

describe('a dual-stack instance', () => {
  test('is followed by its IPv4 address where the group is of type ipv4', async () => {
    const sandbox = await start({ config, dualStack: 'ipv4' });
    await failOver(sandbox);
    await holdsWriterAlone(sandbox);
    expect(changes(sandbox).every(({ outcome }) => outcome === 'ok')).toBe(true);
  });

  test('costs a call for the type of the group only while the group is empty', async () => {
    const sandbox = await start({ config, dualStack: 'ipv6', isScheduled: false });
    const types = () => sandbox.api.calls().filter(({ action }) => action === 'DescribeTargetGroups').length;
    expect(types()).toBe(1);
    const before = sandbox.api.calls().length;
    // The failover function has not run yet: it learns the type from the targets. (A manual run reads the group as well.)
    const scheduled = { source: 'aws.scheduler', 'detail-type': 'Scheduled Event' };
    for (const { invoke } of [sandbox.functions.failover, sandbox.functions.drift])
      expect(reportOf(await invoke(scheduled))).toMatchObject({ outcome: 'in-sync' });
    const actions = sandbox.api
      .calls()
      .slice(before)
      .map(({ action }) => action);
    expect(actions.sort()).toEqual([
      'DescribeDBInstances',
      'DescribeDBInstances',
      'DescribeTargetHealth',
      'DescribeTargetHealth',
    ]);
  });

  test('behind a load balancer without a security group: the doctor looks for its IPv6 ranges', async () => {
    const sandbox = await start({ config, dualStack: 'ipv6', isScheduled: false });
    sandbox.balancer.securityGroups = [];
    const { securityGroups } = sandbox.surroundings.ec2;
    const { port } = sandbox.database.writer();
    const admitted = async (cidr: string) => {
      securityGroups.set(securityGroupIds.database, { ingress: [{ port, cidrs: [cidr] }], egress: [] });
      const { checks = [] } = reportOf(await sandbox.functions.drift.invoke({ action: 'doctor' }));
      return checks.find(({ check }) => check === 'database-admits-load-balancer');
    };
    expect(await admitted('10.0.0.0/16')).toMatchObject({ result: 'failed' });
    expect(await admitted(vpcRange)).toMatchObject({
      result: 'ok',
      detail: 'orders is admitted by the range of its subnets',
    });
  });

  test("is planned from the operator's place by the addresses that the function would take", async () => {
    const sandbox = await start({ config, dualStack: 'ipv6', isScheduled: false });
    const { api, dns, targetGroup, database } = sandbox;
    const { port } = database.writer();
    const clients = createClients({
      region: 'eu-central-1',
      endpoint: api.url,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    });
    const local = configFromEnv({
      DATABASE_NAME: 'orders',
      DATABASE_KIND: 'hostname',
      DATABASE_HOSTNAME: database.names().endpoint,
      TARGET_PORT: String(port),
      TARGET_GROUP_ARN: targetGroup.arn,
      ALLOWED_CIDRS: vpcRange,
      DNS_SERVERS: dns.address,
    });
    const { report } = await respond(createPorts(clients, local), local, { action: 'plan' }, 60_000);
    clients.close();
    expect(report).toMatchObject({ outcome: 'in-sync', plan: { register: [], deregister: [] } });
  });

  test('whose range is not allowed is never registered', async () => {
    const sandbox = await start({ dualStack: 'ipv6', isScheduled: false, isGroupEmpty: true });
    const { functions } = sandbox;
    expect(reportOf(await functions.drift.invoke({ action: 'resync' }))).toMatchObject({
      outcome: 'held',
      reason: 'AddressNotAllowed',
      detail: expect.stringMatching(/2001:db8:.*fc00::\/7.*needs the range of its VPC in ALLOWED_CIDRS/),
    });
    expect(changes(sandbox)).toEqual([]);
  });
});

test('a name without an IPv6 address leaves a group of type ipv6 as it is, and says which record is missing', async () => {
  const sandbox = await start({ config, dualStack: 'ipv6', isScheduled: false });
  const before = live(sandbox);
  const { ip } = sandbox.database.writer();
  sandbox.database.dns.override('all', { kind: 'records', a: [ip] });
  expect(reportOf(await sandbox.functions.drift.invoke({ action: 'resync' }))).toMatchObject({
    outcome: 'held',
    reason: 'AddressUnknown',
    detail: expect.stringMatching(/without an IPv6 address \(AAAA\), and the target group takes no other/),
  });
  expect(live(sandbox)).toEqual(before);
});
