import { Fn, Token } from 'aws-cdk-lib';
import {
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2';
import type { FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** How the functions are placed inside a VPC. */
export interface InsideVpcProps {
  /** The VPC to run in. */
  readonly vpc: IVpc;
  /**
   * Subnets to run in; they need no way to the internet.
   * @default - the isolated subnets of the VPC
   */
  readonly subnets?: SubnetSelection;
  /**
   * Whether the interface endpoints for Elastic Load Balancing and RDS are created, or are there already. Created ones serve these
   * functions alone: they have no private DNS, so that nobody else's calls in the VPC take another way. Existing ones need it.
   */
  readonly endpoints: 'create' | 'existing';
  /**
   * Security group of the functions. What it lets out is added to it, unless it was imported with `mutable: false`.
   * @default - a new one that admits nothing, and lets out only HTTPS to the endpoints and queries to `dnsServers`
   */
  readonly securityGroup?: ISecurityGroup;
  /**
   * Security group of the interface endpoints; a rule that admits the functions is added to it.
   * @default - a new one when endpoints are created; existing endpoints are reached by the address range of the VPC
   */
  readonly endpointSecurityGroup?: ISecurityGroup;
}

/** What a placement makes of the functions. */
export interface BoundPlacement {
  /** The network part of the functions' properties. */
  readonly network: Pick<FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups'>;
  /** Variables that lead the AWS SDK to the created endpoints. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the functions run. */
export class Placement {
  /** Outside any VPC: no endpoints, no network interfaces. The database's name must resolve to private addresses from there. */
  static outsideVpc(): Placement {
    return new Placement(undefined);
  }

  /** Inside a VPC, with interface endpoints and without NAT. */
  static insideVpc(props: InsideVpcProps): Placement {
    requireSubnets(props);
    return new Placement(props);
  }

  private readonly inside: InsideVpcProps | undefined;

  private constructor(inside: InsideVpcProps | undefined) {
    this.inside = inside;
  }

  /** Whether the functions run inside a VPC. */
  get isInsideVpc(): boolean {
    return this.inside !== undefined;
  }

  /** Creates what the functions of one reconciler need, in `scope`. */
  bind(scope: Construct, dnsServers: readonly string[] = []): BoundPlacement {
    if (!this.inside) return { network: {}, environment: {} };
    const { vpc, securityGroup } = this.inside;
    const subnets = subnetsOf(this.inside);
    const functions =
      securityGroup ??
      new SecurityGroup(scope, 'SecurityGroup', {
        vpc,
        description: 'Functions of the RDS target reconciler',
        allowAllOutbound: false,
      });
    for (const server of dnsServers) allowDns(functions, server);
    return {
      network: { vpc, vpcSubnets: subnets, securityGroups: [functions] },
      environment: connect(scope, this.inside, subnets, functions),
    };
  }
}

const subnetsOf = ({ subnets }: InsideVpcProps): SubnetSelection =>
  subnets ?? { subnetType: SubnetType.PRIVATE_ISOLATED };

function requireSubnets(props: InsideVpcProps): void {
  const { vpc, subnets } = props;
  const isMissing = subnets ? vpc.selectSubnets(subnets).subnets.length === 0 : vpc.isolatedSubnets.length === 0;
  if (isMissing)
    throw new Error(
      `insideVpc needs subnets: ${subnets ? 'the given selection is empty' : `VPC ${vpc.node.path || vpc.vpcId} has no isolated subnets`}; ` +
        'allowed: subnets, a selection of one subnet or more',
    );
}

/** Lets the functions reach the two APIs, and gives the variables that they need for it. */
function connect(
  scope: Construct,
  { vpc, endpoints, endpointSecurityGroup }: InsideVpcProps,
  subnets: SubnetSelection,
  functions: ISecurityGroup,
): Record<string, string> {
  const reason = 'HTTPS to the interface endpoints';
  if (endpoints === 'existing') {
    if (endpointSecurityGroup) functions.connections.allowTo(endpointSecurityGroup, Port.tcp(443), reason);
    else functions.connections.allowTo(Peer.ipv4(vpc.vpcCidrBlock), Port.tcp(443), reason);
    return {};
  }
  const group =
    endpointSecurityGroup ??
    new SecurityGroup(scope, 'EndpointSecurityGroup', {
      vpc,
      description: 'Interface endpoints of the RDS target reconciler',
      allowAllOutbound: false,
    });
  functions.connections.allowTo(group, Port.tcp(443), reason);
  const create = (id: string, service: InterfaceVpcEndpointAwsService) =>
    urlOf(
      new InterfaceVpcEndpoint(scope, id, {
        vpc,
        subnets,
        service,
        securityGroups: [group],
        open: false,
        privateDnsEnabled: false,
      }),
    );
  // https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html
  return {
    AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: create(
      'ElasticLoadBalancingEndpoint',
      InterfaceVpcEndpointAwsService.ELASTIC_LOAD_BALANCING,
    ),
    AWS_ENDPOINT_URL_RDS: create('RdsEndpoint', InterfaceVpcEndpointAwsService.RDS),
  };
}

/** Entries are `HOSTED_ZONE:NAME`; the Regional name, which serves every zone, comes first (AWS::EC2::VPCEndpoint, DnsEntries). */
const urlOf = (endpoint: InterfaceVpcEndpoint): string =>
  `https://${Fn.select(1, Fn.split(':', Fn.select(0, endpoint.vpcEndpointDnsEntries)))}`;

/** Queries to the VPC's own resolver pass every security group; others need a rule. `address`, `address:port` or `[address]:port`. */
function allowDns(functions: ISecurityGroup, server: string): void {
  const [, bracketed, plain, port = '53'] = /^(?:\[(.+)\]|([\d.]+))(?::(\d+))?$/.exec(server) ?? [];
  const address = bracketed ?? plain ?? server;
  const peer =
    address.includes(':') && !Token.isUnresolved(address) ? Peer.ipv6(`${address}/128`) : Peer.ipv4(`${address}/32`);
  for (const allowed of [Port.udp(Number(port)), Port.tcp(Number(port))])
    functions.connections.allowTo(peer, allowed, 'DNS servers of the configuration');
}
