import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
  type TargetDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { createElbv2 } from '../../../../sandbox/aws/elbv2/elbv2.ts';
import type { TargetGroupSpec } from '../../../../sandbox/aws/elbv2/target-group.ts';
import { createFaults } from '../../../../sandbox/aws/wire/faults.ts';
import { createQueryServer, type QueryServerOptions } from '../../../../sandbox/aws/wire/server.ts';
import type { SandboxClock } from '../../../../sandbox/world/clock.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';
import { createDelays, type Delays } from '../../../../sandbox/world/load-balancer-delays.ts';
import type { TargetGroup } from '../../../../sandbox/world/types.ts';

/** A clock that stands still until it is advanced. */
export type ManualClock = SandboxClock & { advance(awsMs: number): void };

export function createManualClock(): ManualClock {
  let now = 0;
  const tasks = new Set<{ readonly at: number; readonly task: () => void }>();
  const after: SandboxClock['after'] = (awsMs, task) => {
    const item = { at: now + awsMs, task };
    tasks.add(item);
    return () => void tasks.delete(item);
  };
  const every: SandboxClock['every'] = (awsMs, task) => {
    let cancel = after(awsMs, function again() {
      cancel = after(awsMs, again);
      task();
    });
    return () => cancel();
  };
  return {
    speed: 1,
    elapsed: () => now,
    date: () => new Date(),
    after,
    every,
    sleep: (awsMs) => new Promise<void>((resolve) => void after(awsMs, resolve)),
    advance(awsMs) {
      const end = now + awsMs;
      const next = () => [...tasks].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      for (let item = next(); item; item = next()) {
        tasks.delete(item);
        now = item.at;
        item.task();
      }
      now = end;
    },
    close: () => tasks.clear(),
  };
}

export const vpc = {
  id: 'vpc-0123456789abcdef0',
  cidrs: ['10.0.0.0/16', 'fd00:1::/56'],
  subnets: [
    { id: 'subnet-1', cidr: '10.0.1.0/24', availabilityZone: 'eu-central-1a' },
    { id: 'subnet-2', cidr: '10.0.2.0/24', availabilityZone: 'eu-central-1b' },
    { id: 'subnet-2', cidr: 'fd00:1:0:2::/64', availabilityZone: 'eu-central-1b' },
    { id: 'subnet-3', cidr: '10.0.3.0/24', availabilityZone: 'eu-central-1c' },
  ],
};

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

/** ELBv2 behind the wire, and the SDK's client for it, which makes one attempt per call. */
export async function createRig(
  options: Partial<QueryServerOptions> = {},
  delays: Delays = createDelays('ideal', () => 0),
) {
  const clock = createManualClock();
  const journal = createJournal();
  const faults = createFaults();
  const elbv2 = createElbv2({ clock, journal, vpc, delays });
  const server = await createQueryServer({ services: [elbv2.service], faults, clock, journal, ...options });
  const client = new ElasticLoadBalancingV2Client({
    region: 'eu-central-1',
    endpoint: server.url,
    credentials,
    maxAttempts: 1,
  });
  const close = async () => {
    client.destroy();
    elbv2.close();
    await server.close();
  };
  return { clock, journal, faults, elbv2, server, client, close };
}

export type Rig = Awaited<ReturnType<typeof createRig>>;

/** A target group behind a load balancer in the zones a and b. */
export function createUsedGroup({ elbv2 }: Rig, spec: Partial<TargetGroupSpec> = {}) {
  const group = elbv2.createTargetGroup({ name: 'orders-writer', port: 5432, ...spec });
  elbv2.createLoadBalancer({
    name: 'orders',
    zones: ['eu-central-1a', 'eu-central-1b'],
    ...(spec.ipAddressType === 'ipv6' ? { ipAddressType: 'dualstack' } : {}),
    listeners: [{ port: 5432, targetGroupArn: group.arn }],
  });
  return group;
}

/** What an operator does with one group through the SDK, and what its load balancer does. */
export function createHands({ client, clock }: Rig, group: TargetGroup) {
  const TargetGroupArn = group.arn;
  const health = async (...Targets: TargetDescription[]) => {
    const input = { TargetGroupArn, ...(Targets.length > 0 ? { Targets } : {}) };
    return (await client.send(new DescribeTargetHealthCommand(input))).TargetHealthDescriptions ?? [];
  };
  const seconds = (count: number) => clock.advance(count * 1000);
  const probe = (ip: string, ...results: boolean[]) => {
    for (const succeeded of results) group.reportProbe(ip, 5432, succeeded);
  };
  return {
    register: (...Targets: TargetDescription[]) => client.send(new RegisterTargetsCommand({ TargetGroupArn, Targets })),
    deregister: (...Targets: TargetDescription[]) =>
      client.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets })),
    health,
    /** `ip:port state` of each target. */
    states: async () =>
      (await health()).map(({ Target, TargetHealth }) => `${Target?.Id}:${Target?.Port} ${TargetHealth?.State}`),
    seconds,
    probe,
    makeHealthy(ip: string) {
      seconds(15);
      probe(ip, true, true, true, true, true);
    },
  };
}
