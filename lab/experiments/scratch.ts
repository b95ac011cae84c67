import { DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2';
import { ModifyListenerCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createGroupPorts } from '../../lib/adapters/ports.ts';
import { isLive, type RegisteredTarget, type Target } from '../../lib/domain.ts';
import type { TargetGroup } from '../../lib/ports.ts';
import type { ClientAttempt, ClientRequest, LabDatabase, LabScratch } from '../contract.ts';
import { type Attempts, type Ground, type Lab, until, withClient } from '../lab.ts';
import type { Experiment, Measured } from './experiment.ts';

/* One listener of the scratch load balancer: its groups, its weights, and who answers there. */

type Kind = ClientRequest['targets'][number]['kind'];
type Once = (lab: Lab, scratch: LabScratch, attempts: Attempts, signal: AbortSignal) => Promise<Measured>;

/** What experiments on the scratch load balancer have in common: thirty runs, each at a listener of its own, with a client that tries it all the time. */
export const onScratch = (kind: Kind, once: Once): Pick<Experiment, 'on' | 'runs' | 'lanes' | 'run'> => ({
  on: 'scratch',
  runs: 30,
  lanes: ({ outputs }) => outputs.scratch.length,
  async run(lab, _run, lane, signal) {
    const scratch = lab.outputs.scratch[lane];
    if (!scratch) throw new Error(`the scratch load balancer has no listener ${lane}`);
    const targets = [{ name: 'scratch', host: scratch.host, port: scratch.port, kind }];
    return withClient(lab, 'scratch', { targets, everyMs: 500 }, signal, (attempts, until) =>
      once(lab, scratch, attempts, until),
    );
  },
});

export type RdsInterface = { readonly id: string; readonly address: string; readonly zone: string };

/** RDS's interfaces with the database's security group, in the order of their addresses. */
export async function interfacesOf(lab: Lab, ground: Ground, database: LabDatabase): Promise<RdsInterface[]> {
  const Filters = [
    { Name: 'group-id', Values: [database.securityGroupId] },
    { Name: 'requester-id', Values: ['amazon-rds'] },
  ];
  const { NetworkInterfaces = [] } = await lab
    .clients(ground)
    .ec2()
    .send(new DescribeNetworkInterfacesCommand({ Filters }));
  return NetworkInterfaces.map(
    ({ NetworkInterfaceId: id = '', PrivateIpAddress: address = '', AvailabilityZone: zone = '' }) => ({
      ...{ id, address, zone },
    }),
  ).sort((one, other) => one.address.localeCompare(other.address));
}

/** The two servers that the groups lead to. */
export async function serversOf(lab: Lab): Promise<readonly [Target, Target]> {
  const database = lab.database('scratch');
  const [first, second] = (await interfacesOf(lab, 'scratch', database)).map(({ address: ip }) => ({
    ...{ ip, port: database.endpoint.port },
  }));
  if (!first || !second) throw new Error(`${database.id} has no two interfaces`);
  return [first, second];
}

export const groupOf = (lab: Lab, targetGroupArn: string): TargetGroup =>
  createGroupPorts(lab.clients('scratch'), { targetGroupArn, dnsServers: [] }).targetGroup;

export const groupsOf = (lab: Lab, { targetGroupArns: [first, second] }: LabScratch): [TargetGroup, TargetGroup] => [
  groupOf(lab, first),
  groupOf(lab, second),
];

export const liveIn = async (group: TargetGroup): Promise<RegisteredTarget[]> => (await group.list()).filter(isLive);

/** When the group has a healthy target. */
export const untilHealthy = (lab: Lab, group: TargetGroup, signal: AbortSignal): Promise<number> =>
  until(
    lab,
    'a healthy target',
    async () => ((await group.list()).some(({ state }) => state === 'healthy') ? Date.now() : undefined),
    signal,
  );

export function forward(lab: Lab, { listenerArn, targetGroupArns }: LabScratch, weights: readonly [number, number]) {
  const TargetGroups = targetGroupArns.map((TargetGroupArn, index) => ({ TargetGroupArn, Weight: weights[index] }));
  const DefaultActions = [{ Type: 'forward' as const, ForwardConfig: { TargetGroups } }];
  const command = new ModifyListenerCommand({ ListenerArn: listenerArn, DefaultActions });
  return lab.clients('scratch').elbv2().send(command);
}

const endOf = ({ at, ms }: ClientAttempt): number => at + ms;

type Test = (one: ClientAttempt) => boolean;

/** The end of the first such attempt that began after a time. */
export const firstAfter = ({ all }: Attempts, time: number, test: Test): number | undefined =>
  all
    .filter((one) => one.at >= time && test(one))
    .map(endOf)
    .sort((one, other) => one - other)[0];

/** The beginning of the last such attempt, or the time itself. */
export const lastSince = ({ all }: Attempts, time: number, test: Test): number =>
  Math.max(time, ...all.filter(test).map(({ at }) => at));
