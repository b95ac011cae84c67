import { Duration } from 'aws-cdk-lib';
import { type IVpc, Port } from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { DatabaseEndpointService } from '../index.ts';
import type { LabDatabase } from './databases-stack.ts';
import { accept, databasePort, type LabStack, zonesOf } from './stack.ts';

/** Listeners that experiments use at the same time: each has one run after another. An account's first limit is ten concurrent functions. */
export const scratchPorts = [6001, 6002, 6003, 6004, 6005] as const;

export type Scratch = {
  readonly service: DatabaseEndpointService;
  readonly listeners: readonly {
    readonly port: number;
    readonly listenerArn: string;
    readonly targetGroupArns: string[];
  }[];
};

type Needs = { readonly vpc: IVpc; readonly databases: readonly LabDatabase[]; readonly principal: string };

/** An endpoint service without a reconciler, whose load balancer has a listener with two empty groups for each lane. */
export function createScratch(stack: LabStack, { vpc, databases, principal }: Needs): Scratch {
  const [first, ...others] = databases;
  const service = new DatabaseEndpointService(stack, 'Scratch', {
    ...{
      vpc,
      subnets: zonesOf(vpc, 3),
      port: databasePort,
      databaseSecurityGroup: first?.securityGroup,
      engine: 'postgres',
    },
    acceptanceRequired: false,
    allowedPrincipals: [principal],
  });
  for (const { securityGroup } of others)
    service.securityGroup.connections.allowTo(
      securityGroup,
      Port.tcp(databasePort),
      'Scratch load balancer to database',
    );
  accept(service.loadBalancer, { ELB2: 'access logs exist for TLS listeners only, and this one forwards TCP' });
  const listeners = scratchPorts.map((port) => {
    const groups = ['A', 'B'].map((letter) => createGroup(stack, `Scratch${port}${letter}`, vpc));
    const listener = service.loadBalancer.addListener(`Lane${port}`, {
      port,
      protocol: elbv2.Protocol.TCP,
      defaultAction: elbv2.NetworkListenerAction.weightedForward(
        groups.map((targetGroup, index) => ({ targetGroup, weight: index === 0 ? 1 : 0 })),
      ),
    });
    service.endpointService.node.addDependency(listener);
    const targetGroupArns = groups.map(({ targetGroupArn }) => targetGroupArn);
    return { port, listenerArn: listener.listenerArn, targetGroupArns };
  });
  return { service, listeners };
}

/** As that of a `DatabaseEndpointService`: what is measured here shall hold there. */
const createGroup = (stack: LabStack, id: string, vpc: IVpc): elbv2.NetworkTargetGroup =>
  new elbv2.NetworkTargetGroup(stack, id, {
    vpc,
    port: databasePort,
    protocol: elbv2.Protocol.TCP,
    targetType: elbv2.TargetType.IP,
    deregistrationDelay: Duration.seconds(0),
    connectionTermination: true,
    preserveClientIp: false,
    healthCheck: {
      protocol: elbv2.Protocol.TCP,
      interval: Duration.seconds(10),
      timeout: Duration.seconds(5),
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 2,
    },
  });
