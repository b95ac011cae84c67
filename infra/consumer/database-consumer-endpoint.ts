import { CfnOutput, Fn } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { peerOf, warnOfRules } from '../placement/access.ts';
import type { DatabaseConsumerEndpointProps } from './database-consumer-endpoint-props.ts';
import { hostNamesOf, portsOf, problemsOf } from './database-consumer-endpoint-props.ts';

export type { DatabaseConsumerEndpointProps, Provider } from './database-consumer-endpoint-props.ts';

/**
 * The consumer's half of the connection: an endpoint in the clients' VPC that leads to a provider's endpoint service, or to a database
 * that was shared through VPC Lattice, with the clients that may use it and the name that they use.
 */
export class DatabaseConsumerEndpoint extends Construct {
  readonly endpoint: ec2.CfnVPCEndpoint;
  /** Admits the clients on the port. */
  readonly securityGroup: ec2.SecurityGroup;
  /** The private zone, when there is a `hostName`; that of a resource endpoint is AWS's own, and not here. */
  readonly zone?: route53.PrivateHostedZone;
  private readonly props: DatabaseConsumerEndpointProps;
  private readonly subnets: readonly ec2.ISubnet[];

  constructor(scope: Construct, id: string, props: DatabaseConsumerEndpointProps) {
    super(scope, id);
    this.props = props;
    this.subnets = props.vpc.selectSubnets(props.subnets ?? {}).subnets;
    const problems = problemsOf(props, this.subnets);
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('; ')}`);
    this.securityGroup = this.admitClients(props);
    this.endpoint = this.createEndpoint(props);
    if ('serviceName' in props.provider)
      [this.zone] = hostNamesOf(props.dns).map((hostName, index) => this.createZone(hostName, index));
  }

  /** Ids of the interfaces, one in each zone; `aws ec2 describe-network-interfaces` shows their addresses. */
  get networkInterfaceIds(): readonly string[] {
    return this.endpoint.attrNetworkInterfaceIds;
  }

  /**
   * The endpoint's own name, which resolves to the interfaces of all zones. Undefined for a resource endpoint, whose names
   * CloudFormation does not return.
   */
  get dnsName(): string | undefined {
    return this.hasOwnNames ? this.regional.name : undefined;
  }

  /** The endpoint's name in each zone. */
  get zonalDnsNames(): readonly string[] {
    return this.hasOwnNames ? this.zones.map((zone) => zonalName(this.regional.name, zone)) : [];
  }

  /** Adds the outputs `EndpointId`, `EndpointInterfaceIds`, and where they are known `EndpointDnsName` and `EndpointZonalDnsNames`. */
  addOutputs(scope: Construct): void {
    const output = (id: string, value: string | undefined, description: string) =>
      value === undefined ? undefined : new CfnOutput(scope, id, { value, description });
    const { dns, provider } = this.props;
    const zonal = this.zonalDnsNames;
    output('EndpointId', this.endpoint.attrId, 'What the provider sees');
    output(
      'EndpointInterfaceIds',
      Fn.join(',', [...this.networkInterfaceIds]),
      'Their addresses are what the names resolve to',
    );
    output('EndpointDnsName', this.dnsName, 'Connect to this name');
    output('EndpointZonalDnsNames', zonal.length > 0 ? zonal.join(',') : undefined, 'One name for each zone');
    if ('serviceName' in provider && dns === 'provider')
      output(
        'EndpointDnsEntries',
        Fn.join(',', this.endpoint.attrDnsEntries),
        'Hosted zones and names, the private one among them',
      );
    const names = hostNamesOf(dns).join(',') || undefined;
    output('DatabaseHostName', names, 'Connect to this name inside the VPC');
  }

  private get hasOwnNames(): boolean {
    return 'serviceName' in this.props.provider;
  }

  /**
   * Entries are `HOSTED_ZONE:NAME`, in this order: the name for all zones, those of the zones, private ones (AWS::EC2::VPCEndpoint,
   * DnsEntries). For services of the AWS Marketplace the order is not promised.
   */
  private get regional(): { readonly hostedZoneId: string; readonly name: string } {
    const parts = Fn.split(':', Fn.select(0, this.endpoint.attrDnsEntries));
    return { hostedZoneId: Fn.select(0, parts), name: Fn.select(1, parts) };
  }

  private get zones(): readonly string[] {
    return this.subnets.map(({ availabilityZone }) => availabilityZone);
  }

  private admitClients({ vpc, clientSecurityGroups = [], clientCidrs = [], ...props }: DatabaseConsumerEndpointProps) {
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Endpoint of a database in another account',
      allowAllOutbound: false,
    });
    const ports = portsOf(props);
    const clients = [...clientSecurityGroups.map(({ securityGroupId }) => securityGroupId), ...clientCidrs];
    warnOfRules(this, {
      group: 'the security group of the endpoint',
      peers: { inbound: ports.flatMap(() => clients), outbound: [] },
      instead: 'write fewer and wider ranges, or make another endpoint for some of the clients',
    });
    for (const port of ports.map((one) => ec2.Port.tcp(one))) {
      for (const client of clientSecurityGroups)
        securityGroup.connections.allowFrom(client, port, 'Clients of the database');
      for (const cidr of clientCidrs) securityGroup.addIngressRule(peerOf(cidr), port, 'Clients of the database');
    }
    return securityGroup;
  }

  private createEndpoint({ vpc, provider, dns, addressType }: DatabaseConsumerEndpointProps): ec2.CfnVPCEndpoint {
    const isDual = addressType === 'dual-stack';
    const isResource = 'resourceConfigurationArn' in provider;
    const dnsOptions = {
      ...(isDual ? { dnsRecordIpType: 'dualstack' } : {}),
      // By default AWS takes over only names whose domain the provider has proven to own, which a name of AWS cannot be.
      ...(isResource && typeof dns === 'object'
        ? {
            privateDnsPreference: 'VERIFIED_DOMAINS_AND_SPECIFIED_DOMAINS',
            privateDnsSpecifiedDomains: [dns.hostName],
          }
        : {}),
    };
    return new ec2.CfnVPCEndpoint(this, 'Endpoint', {
      vpcId: vpc.vpcId,
      subnetIds: this.subnets.map(({ subnetId }) => subnetId),
      securityGroupIds: [this.securityGroup.securityGroupId],
      ...(isDual ? { ipAddressType: 'dualstack' } : {}),
      ...(Object.keys(dnsOptions).length > 0 ? { dnsOptions } : {}),
      ...(isResource
        ? {
            vpcEndpointType: 'Resource',
            resourceConfigurationArn: provider.resourceConfigurationArn,
            // For RDS the database's own name, for a host name the one that the provider shared.
            privateDnsEnabled: true,
          }
        : { vpcEndpointType: 'Interface', ...provider, privateDnsEnabled: dns === 'provider' }),
    });
  }

  private createZone(hostName: string, index: number): route53.PrivateHostedZone {
    const scope = index === 0 ? this : new Construct(this, hostName);
    // Of this one name: other names of its domain keep resolving as before.
    const zone = new route53.PrivateHostedZone(scope, 'Zone', { zoneName: hostName, vpc: this.props.vpc });
    this.addAliases(scope, zone, { dnsName: this.regional.name });
    if (this.props.zonalNames)
      for (const recordName of this.zones)
        this.addAliases(scope, zone, { recordName, dnsName: zonalName(this.regional.name, recordName) });
    return zone;
  }

  private addAliases(
    scope: Construct,
    zone: route53.IHostedZone,
    { recordName, dnsName }: { readonly recordName?: string; readonly dnsName: string },
  ): void {
    const { hostedZoneId } = this.regional;
    const target = route53.RecordTarget.fromAlias({ bind: () => ({ dnsName, hostedZoneId }) });
    const id = recordName ?? 'All';
    new route53.ARecord(scope, `Alias-${id}`, { zone, recordName, target });
    if (this.props.addressType === 'dual-stack')
      new route53.AaaaRecord(scope, `Ipv6Alias-${id}`, { zone, recordName, target });
  }
}

/** `vpce-ID-ABC.vpce-svc-….` becomes `vpce-ID-ABC-ZONE.vpce-svc-….` (PrivateLink guide, "Endpoint-specific DNS names"). */
const zonalName = (regional: string, zone: string): string =>
  Fn.join(`-${zone}.vpce-svc-`, Fn.split('.vpce-svc-', regional));
