import { Annotations, Fn, Reference, Stack, Tokenization } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct, type IDependable } from 'constructs';
import { rulesBetween } from './access.ts';
import { type Api, apiOf, prefixOf } from './api-services.ts';

export interface PrivateApiAccessProps {
  /** The VPC without a route to the internet. */
  readonly vpc: ec2.IVpc;
  /**
   * Where the endpoints' interfaces live: one subnet per Availability Zone.
   *
   * @default - the isolated subnets of the VPC
   */
  readonly subnets?: ec2.SubnetSelection;
  /**
   * IAM actions of the calls that will be made, such as `rds:DescribeDBInstances`. There is an endpoint for each API that is called, and
   * for no other; its policy allows these calls, to principals of this account. `admit` adds to them.
   *
   * @default - none
   */
  readonly calls?: readonly string[];
  /**
   * Whether the API's usual name resolves to the endpoint in the whole VPC. This can be so for one endpoint per VPC and API only, and
   * then the calls of *every* client in the VPC go through it, under its policy.
   *
   * @default true
   */
  readonly privateDns?: boolean;
  /**
   * Whether calls other than `calls` pass too, of every principal of this account and of `otherCallers`: for a VPC with other users of
   * these APIs, whose calls an endpoint with private DNS would otherwise deny.
   *
   * @default false, with a warning where private DNS routes other calls through the endpoints
   */
  readonly allowOtherCalls?: boolean;
  /**
   * Other accounts (12 digits) or organisations (`o-…`) whose principals may use the endpoints as this account's may: workloads in the VPC
   * that take a role of another account, or participants of shared subnets.
   *
   * @default - principals of this account only
   */
  readonly otherCallers?: readonly string[];
  /**
   * Endpoints that the VPC has already, by the prefix of the API's actions, with their security groups: they are used, not created.
   *
   * @default - none
   */
  readonly existing?: Readonly<Record<string, ec2.ISecurityGroup>>;
  /**
   * Ranges whose clients the endpoints admit on HTTPS, in addition to those of `admit`.
   *
   * @default - none
   */
  readonly clientCidrs?: readonly string[];
  /**
   * Security group of the endpoints; rules that admit the clients are added to it.
   *
   * @default - a new one
   */
  readonly securityGroup?: ec2.ISecurityGroup;
}

/**
 * Access to the AWS APIs without internet: an interface endpoint for each API that is called (a gateway endpoint for S3), with a policy
 * that allows just these calls. One of them can serve several databases in the VPC.
 */
export class PrivateApiAccess extends Construct {
  /** Security group of the created endpoints. */
  readonly securityGroup: ec2.ISecurityGroup;
  /** Whether the APIs' usual names resolve to the endpoints. */
  readonly privateDns: boolean;
  private readonly props: PrivateApiAccessProps;
  private readonly policies = new Map<string, readonly PolicyStatement[]>();
  private readonly endpoints = new Map<Api, ec2.InterfaceVpcEndpoint>();

  constructor(scope: Construct, id: string, props: PrivateApiAccessProps) {
    super(scope, id);
    this.props = props;
    this.privateDns = props.privateDns ?? true;
    this.securityGroup =
      props.securityGroup ??
      new ec2.SecurityGroup(this, 'EndpointSecurityGroup', {
        vpc: props.vpc,
        description: 'Interface endpoints of the RDS target reconciler',
        allowAllOutbound: false,
      });
    for (const cidr of props.clientCidrs ?? [])
      this.securityGroup.connections.allowFrom(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), 'Clients of the APIs');
    if (this.privateDns && props.allowOtherCalls === undefined)
      Annotations.of(this).addWarningV2(
        'rds-target-reconciler:otherCalls',
        'with private DNS the calls of every client in the VPC to these APIs come through these endpoints, and all but `calls` are denied; ' +
          'allowed: allowOtherCalls: true (this account may call anything), false (nothing else is in the VPC), or privateDns: false',
      );
    this.provide(props.calls ?? []);
    this.node.addValidation({
      validate: () => [...this.endpoints.values()].flatMap((endpoint) => privateDnsConflicts(endpoint)),
    });
  }

  /**
   * Lets a client make these calls: creates the endpoints that are missing, extends the policies, and opens both security groups. S3 is
   * reached at its own addresses, a prefix list whose id is unknown at synth: the client's group has to let HTTPS out there.
   *
   * @returns what has to exist before the client can make the calls
   */
  admit(client: ec2.ISecurityGroup, calls: readonly string[]): readonly IDependable[] {
    this.provide(calls);
    const called = calls.filter((call) => prefixOf(call) !== 's3').map((call) => this.groupOf(apiOf(call)));
    const groups = [...new Set(called)];
    for (const group of groups)
      client.connections.allowTo(group, ec2.Port.tcp(443), 'HTTPS to the interface endpoints');
    return [this, ...groups.flatMap((group) => rulesBetween(client, group))];
  }

  /** Variables that lead the AWS SDK to the endpoints; none with private DNS, where the usual names do. */
  get environment(): Readonly<Record<string, string>> {
    if (this.privateDns) return {};
    return Object.fromEntries([...this.endpoints].map(([{ variable }, endpoint]) => [variable, urlOf(endpoint)]));
  }

  private groupOf({ prefix }: Api): ec2.ISecurityGroup {
    return this.props.existing?.[prefix] ?? this.securityGroup;
  }

  private provide(calls: readonly string[]): void {
    for (const call of calls) {
      const prefix = prefixOf(call);
      if (this.props.existing?.[prefix]) continue;
      for (const statement of this.policies.get(prefix) ?? this.create(call))
        if (!this.props.allowOtherCalls && !statement.actions.includes(call)) statement.addActions(call);
    }
  }

  private create(call: string): readonly PolicyStatement[] {
    const { otherCallers = [], allowOtherCalls } = this.props;
    const organisations = otherCallers.filter((caller) => caller.startsWith('o-'));
    const accounts = otherCallers.filter((caller) => !organisations.includes(caller));
    const statements = [
      { 'aws:PrincipalAccount': oneOrMore([Stack.of(this).account, ...accounts]) },
      ...(organisations.length > 0 ? [{ 'aws:PrincipalOrgID': oneOrMore(organisations) }] : []),
    ].map(
      (condition) =>
        new PolicyStatement({
          principals: [new AnyPrincipal()],
          actions: allowOtherCalls ? ['*'] : [call],
          resources: ['*'],
          // Calls pass only with credentials of these accounts, never with credentials of an outsider.
          conditions: { StringEquals: condition },
        }),
    );
    this.policies.set(prefixOf(call), statements);
    const endpoint = this.createEndpoint(call);
    for (const statement of statements) endpoint.addToPolicy(statement);
    return statements;
  }

  private createEndpoint(call: string): ec2.InterfaceVpcEndpoint | ec2.GatewayVpcEndpoint {
    const { vpc, subnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } } = this.props;
    if (prefixOf(call) === 's3')
      return new ec2.GatewayVpcEndpoint(this, 'S3Endpoint', {
        vpc,
        subnets: [subnets],
        service: ec2.GatewayVpcEndpointAwsService.S3,
      });
    const api = apiOf(call);
    const endpoint = new ec2.InterfaceVpcEndpoint(this, api.id, {
      vpc,
      subnets,
      service: api.service,
      securityGroups: [this.securityGroup],
      open: false,
      privateDnsEnabled: this.privateDns,
    });
    this.endpoints.set(api, endpoint);
    return endpoint;
  }
}

/** Entries are `HOSTED_ZONE:NAME`; the Regional name, which serves every zone, comes first (AWS::EC2::VPCEndpoint, DnsEntries). */
const urlOf = (endpoint: ec2.InterfaceVpcEndpoint): string =>
  `https://${Fn.select(1, Fn.split(':', Fn.select(0, endpoint.vpcEndpointDnsEntries)))}`;

const oneOrMore = (values: readonly string[]): string | readonly string[] =>
  values.length === 1 ? (values[0] ?? '') : values;

/**
 * Other endpoints of the app, in any stack, that claim the private DNS of the same API in the same VPC: AWS gives it to one, and the
 * deployment of the second fails halfway.
 */
function privateDnsConflicts(endpoint: ec2.InterfaceVpcEndpoint): string[] {
  const own = endpoint.node.defaultChild as ec2.CfnVPCEndpoint;
  const key = privateDnsOf(own);
  if (key === undefined) return [];
  return own.node.root.node
    .findAll()
    .filter((other) => ec2.CfnVPCEndpoint.isCfnVPCEndpoint(other) && other !== own && privateDnsOf(other) === key)
    .map(
      (other) =>
        `${own.node.path} and ${other.node.path} both claim private DNS for ${key}: it exists once per VPC and API. ` +
        'Share one PrivateApiAccess (in databases.json: "endpoints": "shared"), name the other one as existing, or turn privateDns off for one',
    );
}

/** API and VPC that an endpoint claims the usual name of; undefined when it claims none. */
function privateDnsOf(endpoint: ec2.CfnVPCEndpoint): string | undefined {
  if (endpoint.privateDnsEnabled !== true || endpoint.vpcEndpointType !== 'Interface') return undefined;
  const stack = Stack.of(endpoint);
  const [, api] = /\.([a-z0-9-]+)"[\]}]*$/.exec(JSON.stringify(stack.resolve(endpoint.serviceName))) ?? [];
  return `${api} in ${vpcOf(endpoint)} (account ${stack.account}, Region ${stack.region})`;
}

/** By the VPC's construct where it is one of the app, since each stack has another token for it. */
function vpcOf({ vpcId }: ec2.CfnVPCEndpoint): string {
  const [token] = Tokenization.reverseString(String(vpcId)).tokens;
  return token && Reference.isReference(token) ? token.target.node.path : String(vpcId);
}
