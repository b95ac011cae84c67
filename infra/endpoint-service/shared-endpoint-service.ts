import { Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct, type IDependable } from 'constructs';
import { limits } from '../config/limits.ts';
import { rulesBetween } from '../placement/access.ts';
import { type EndpointServiceProps, serviceProblems } from './endpoint-service-props.ts';
import { createLoadBalancer } from './network-load-balancer.ts';
import {
  addServiceOutputs,
  createEndpointService,
  type PrivateDnsVerification,
  warnOfRanges,
} from './vpc-endpoint-service.ts';

export interface SharedEndpointServiceProps extends EndpointServiceProps {
  /**
   * Security groups that more than one of the databases has. Each gets a rule here that admits the load balancer to every TCP port, and a
   * `DatabaseListener` of such a group adds none: EC2 takes the same rule once, and the first database that leaves would take it along.
   *
   * @default - none: each `DatabaseListener` adds the rules of its own group
   */
  readonly databaseSecurityGroups?: readonly ec2.ISecurityGroup[];
}

/** What a `DatabaseListener` needs to know of the load balancer: a `SharedEndpointService`, or the values of one in another app. */
export interface ISharedEndpointService
  extends Pick<SharedEndpointServiceProps, 'addressType' | 'consumerCidrs' | 'supportedRegions'> {
  readonly loadBalancerArn: string;
  /** The one security group of the load balancer. */
  readonly securityGroupId: string;
  readonly serviceName: string;
  /** Ids of `databaseSecurityGroups`. */
  readonly databaseSecurityGroupIds: readonly string[];
  /**
   * Called by each listener.
   * @throws Error when another one has the port, or when there are as many as AWS allows
   */
  admit?(port: number, path: string): void;
}

/**
 * One internal Network Load Balancer and VPC endpoint service for several databases. Each adds a `DatabaseListener`, in a stack of its own
 * as a rule: then it comes and goes without a change of this one. Every accepted consumer reaches every listener, unless `consumerCidrs` say
 * which of its clients do.
 */
export class SharedEndpointService extends Construct implements ISharedEndpointService {
  readonly loadBalancer: elbv2.NetworkLoadBalancer;
  /** Of the load balancer. It reaches nothing but what each listener adds. */
  readonly securityGroup: ec2.SecurityGroup;
  readonly endpointService: ec2.VpcEndpointService;
  /** What a consumer needs to know: `com.amazonaws.vpce.REGION.vpce-svc-…`. */
  readonly serviceName: string;
  /** Set when `privateDnsName` is given. */
  readonly privateDnsVerification?: PrivateDnsVerification;
  readonly loadBalancerArn: string;
  readonly securityGroupId: string;
  readonly addressType?: 'ipv4' | 'dual-stack';
  readonly consumerCidrs?: readonly string[];
  readonly supportedRegions?: readonly string[];
  readonly databaseSecurityGroupIds: readonly string[];
  private readonly ports = new Map<number, string>();

  constructor(scope: Construct, id: string, props: SharedEndpointServiceProps) {
    super(scope, id);
    const { subnets } = props.vpc.selectSubnets(props.subnets ?? {});
    const problems = serviceProblems(props, subnets);
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('; ')}`);
    warnOfRanges(this, props);
    const { databaseSecurityGroups = [] } = props;
    this.addressType = props.addressType;
    this.consumerCidrs = props.consumerCidrs;
    this.supportedRegions = props.supportedRegions;
    this.databaseSecurityGroupIds = databaseSecurityGroups.map(({ securityGroupId }) => securityGroupId);
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      // Constant: changing the description of a security group replaces it.
      description: 'Load balancer in front of several databases',
      allowAllOutbound: false,
    });
    this.securityGroupId = this.securityGroup.securityGroupId;
    const rules = this.admitTo(databaseSecurityGroups);
    this.loadBalancer = createLoadBalancer(this, props, { subnets, securityGroup: this.securityGroup });
    this.loadBalancerArn = this.loadBalancer.loadBalancerArn;
    const { endpointService, privateDnsVerification } = createEndpointService(this, props, this.loadBalancer);
    this.endpointService = endpointService;
    this.privateDnsVerification = privateDnsVerification;
    // AWS refuses to delete it while it has connections: it is tried first, and what carries traffic stays.
    this.endpointService.node.addDependency(this.loadBalancer, this.securityGroup, ...rules);
    this.serviceName = this.endpointService.vpcEndpointServiceName;
    if (props.name) Tags.of(this).add('Name', props.name);
  }

  /**
   * By an import of its own group, whose rules stay resources of their own: in itself the group keeps CDK's one rule, which lets nothing
   * out, with or without these. All ports, so that it clashes with no rule that a database is about to hand over.
   */
  private admitTo(databases: readonly ec2.ISecurityGroup[]): readonly IDependable[] {
    if (databases.length === 0) return [];
    const group = ec2.SecurityGroup.fromSecurityGroupId(this, 'DatabaseRules', this.securityGroupId, {
      allowAllOutbound: false,
    });
    return databases.flatMap((database) => {
      group.connections.allowTo(database, ec2.Port.allTcp(), 'Load balancer to databases');
      return rulesBetween(group, database);
    });
  }

  admit(port: number, path: string): void {
    const other = this.ports.get(port);
    const most = limits.listenersPerLoadBalancer;
    if (other !== undefined)
      throw new Error(
        `${path}: port is ${port}; allowed: another one, as ${other} listens on it behind ${this.node.path}`,
      );
    if (this.ports.size >= most)
      throw new Error(
        `${path}: ${this.node.path} has ${most} listeners; allowed: another load balancer, as AWS gives one no more`,
      );
    this.ports.set(port, path);
  }

  /**
   * Adds the outputs `EndpointServiceName`, and for a private DNS name `PrivateDnsVerificationName`, `…Type`
   * and `…Value`.
   *
   * @param scope where the outputs are added; directly in a stack they get these very names
   * @param exportName of the service's name, for stacks of another app
   */
  addOutputs(scope: Construct, exportName?: string): void {
    addServiceOutputs(scope, this.serviceName, this.privateDnsVerification, exportName);
  }
}
