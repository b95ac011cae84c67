import { DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2';
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ModifyListenerCommand,
  RegisterTargetsCommand,
  type TargetDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ClientAttempt, LabDatabase, LabScratch } from '../contract.ts';
import type { Attempts, Ground, Lab } from '../lab.ts';

/* One listener of the scratch load balancer: its groups, its weights, and who answers there. */

export function laneOf({ outputs }: Lab, lane: number): LabScratch {
  const found = outputs.scratch[lane];
  if (!found) throw new Error(`the scratch load balancer has no listener ${lane}`);
  return found;
}

export type RdsInterface = { readonly id: string; readonly address: string; readonly zone: string };

/** RDS's interfaces with the database's security group, in the order of their addresses. */
export async function interfacesOf(lab: Lab, ground: Ground, database: LabDatabase): Promise<RdsInterface[]> {
  const { NetworkInterfaces = [] } = await lab
    .clients(ground)
    .ec2()
    .send(
      new DescribeNetworkInterfacesCommand({
        Filters: [
          { Name: 'group-id', Values: [database.securityGroupId] },
          { Name: 'requester-id', Values: ['amazon-rds'] },
        ],
      }),
    );
  return NetworkInterfaces.map(
    ({ NetworkInterfaceId: id = '', PrivateIpAddress: address = '', AvailabilityZone: zone = '' }) => ({
      ...{ id, address, zone },
    }),
  ).sort((one, other) => one.address.localeCompare(other.address));
}

/** The two servers that the groups lead to. */
export async function serversOf(lab: Lab): Promise<readonly [TargetDescription, TargetDescription]> {
  const database = lab.database('scratch');
  const [first, second] = (await interfacesOf(lab, 'scratch', database)).map(({ address }) => ({
    Id: address,
    Port: database.endpoint.port,
  }));
  if (!first || !second) throw new Error(`${database.id} has no two interfaces`);
  return [first, second];
}

const elbv2 = (lab: Lab) => lab.clients('scratch').elbv2();

export async function targetsOf(lab: Lab, group: string): Promise<{ target: TargetDescription; state: string }[]> {
  const { TargetHealthDescriptions = [] } = await elbv2(lab).send(
    new DescribeTargetHealthCommand({ TargetGroupArn: group }),
  );
  return TargetHealthDescriptions.map(({ Target = { Id: undefined }, TargetHealth }) => ({
    target: { Id: Target.Id, Port: Target.Port },
    state: TargetHealth?.State ?? 'unknown',
  }));
}

export const register = (lab: Lab, group: string, target: TargetDescription) =>
  elbv2(lab).send(new RegisterTargetsCommand({ TargetGroupArn: group, Targets: [target] }));

export const deregister = (lab: Lab, group: string, targets: TargetDescription[]) =>
  elbv2(lab).send(new DeregisterTargetsCommand({ TargetGroupArn: group, Targets: targets }));

export const forward = (lab: Lab, { listenerArn, targetGroupArns }: LabScratch, weights: readonly [number, number]) =>
  elbv2(lab).send(
    new ModifyListenerCommand({
      ListenerArn: listenerArn,
      DefaultActions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: targetGroupArns.map((TargetGroupArn, index) => ({ TargetGroupArn, Weight: weights[index] })),
          },
        },
      ],
    }),
  );

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
