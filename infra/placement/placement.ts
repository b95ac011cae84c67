import { ArnFormat, type Stack, Token } from 'aws-cdk-lib';
import {
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
} from 'aws-cdk-lib/aws-ec2';
import type { FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import type { Construct, IDependable } from 'constructs';
import { rulesBetween } from './access.ts';
import { PrivateApiAccess } from './private-api-access.ts';

/** How the functions are placed inside a VPC. */
export interface InsideVpcProps {
  /** The VPC to run in. */
  readonly vpc: IVpc;
  /**
   * Subnets to run in; they need no route to the internet.
   * @default - the isolated subnets of the VPC
   */
  readonly subnets?: SubnetSelection;
  /**
   * Whether the interface endpoints for the APIs that are called are created, exist already, or are shared. Created
   * ones serve these functions alone: they have no private DNS, so that calls of other clients in the VPC keep their path. Existing ones
   * need it.
   */
  readonly endpoints: 'create' | 'existing' | PrivateApiAccess;
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
  /**
   * Account that owns the subnets, where AWS RAM shares them with this one: creating a network interface is allowed in its subnets.
   * @default - the account in the ARN of the VPC, which `Vpc.fromLookup` knows with `ownerAccountId`
   */
  readonly subnetOwnerAccount?: string;
}

/** What a placement gives to the functions. */
export interface BoundPlacement {
  /** The network part of the functions' properties. */
  readonly network: Pick<FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups'>;
  /** Variables that lead the AWS SDK to the created endpoints. */
  readonly environment: Readonly<Record<string, string>>;
  /** What has to exist before the functions can call the APIs. */
  readonly needs: readonly IDependable[];
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

  /** ARNs of the subnets, where another account owns them. */
  sharedSubnetArns(stack: Stack): readonly string[] {
    if (!this.inside) return [];
    const { vpc, subnetOwnerAccount } = this.inside;
    const account = subnetOwnerAccount ?? stack.splitArn(vpc.vpcArn, ArnFormat.SLASH_RESOURCE_NAME).account;
    if (account === undefined || Token.isUnresolved(account) || account === stack.account) return [];
    return vpc
      .selectSubnets(subnetsOf(this.inside))
      .subnetIds.map((resourceName) => stack.formatArn({ service: 'ec2', account, resource: 'subnet', resourceName }));
  }

  /** Creates what the functions of one reconciler need, in `scope`, to make these calls (IAM actions) and ask these DNS servers. */
  bind(scope: Construct, calls: readonly string[], dnsServers: readonly string[] = []): BoundPlacement {
    if (!this.inside) return { network: {}, environment: {}, needs: [] };
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
      ...connect(scope, this.inside, subnets, { functions, calls }),
    };
  }
}

type Clients = { readonly functions: ISecurityGroup; readonly calls: readonly string[] };

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

/** Lets the functions reach the APIs that they call, and gives the variables that they need for it. */
function connect(
  scope: Construct,
  { vpc, endpoints, endpointSecurityGroup: securityGroup }: InsideVpcProps,
  subnets: SubnetSelection,
  { functions, calls }: Clients,
): Pick<BoundPlacement, 'environment' | 'needs'> {
  if (endpoints === 'existing') {
    const peer = securityGroup ?? Peer.ipv4(vpc.vpcCidrBlock);
    functions.connections.allowTo(peer, Port.tcp(443), 'HTTPS to the interface endpoints');
    return { environment: {}, needs: securityGroup ? rulesBetween(functions, securityGroup) : [] };
  }
  const access =
    endpoints === 'create'
      ? // "Default" is left out of logical ids: the endpoints keep theirs, and stay, in stacks that had them before this construct.
        new PrivateApiAccess(scope, 'Default', { vpc, subnets, securityGroup, privateDns: false })
      : endpoints;
  const needs = access.admit(functions, calls);
  return { environment: access.environment, needs };
}

/** Queries to the VPC's own resolver pass every security group; others need a rule. `address`, `address:port` or `[address]:port`. */
function allowDns(functions: ISecurityGroup, server: string): void {
  const [, bracketed, plain, port = '53'] = /^(?:\[(.+)\]|([\d.]+))(?::(\d+))?$/.exec(server) ?? [];
  const address = bracketed ?? plain ?? server;
  const peer =
    address.includes(':') && !Token.isUnresolved(address) ? Peer.ipv6(`${address}/128`) : Peer.ipv4(`${address}/32`);
  for (const allowed of [Port.udp(Number(port)), Port.tcp(Number(port))])
    functions.connections.allowTo(peer, allowed, 'DNS servers of the configuration');
}
