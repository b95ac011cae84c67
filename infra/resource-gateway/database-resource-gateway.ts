import { createHash } from 'node:crypto';
import { CfnDeletionPolicy, CfnOutput, type CfnResource, Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CfnResourceShare } from 'aws-cdk-lib/aws-ram';
import * as vpclattice from 'aws-cdk-lib/aws-vpclattice';
import { Construct } from 'constructs';
import { letReachDatabase } from '../placement/access.ts';
import { createAlarm } from '../reconciler/alarm.ts';
import { otherAlarms } from '../reconciler/alarm-catalogue.ts';
import type { DatabaseResourceGatewayProps } from './database-resource-gateway-props.ts';
import { problemsOf } from './database-resource-gateway-props.ts';

export type { DatabaseResourceGatewayProps } from './database-resource-gateway-props.ts';

/**
 * Shares a database through VPC Lattice, without load balancer and function: a resource gateway, a resource configuration that names
 * the database, a share (AWS RAM) and access logs. AWS follows failovers. Consumers create endpoints of type Resource.
 */
export class DatabaseResourceGateway extends Construct {
  readonly gateway: vpclattice.CfnResourceGateway;
  readonly resourceConfiguration: vpclattice.CfnResourceConfiguration;
  readonly securityGroup: ec2.SecurityGroup;
  /** What a consumer needs to know, once it has accepted the share. */
  readonly resourceConfigurationArn: string;
  /** `aws ram get-resource-share-associations` shows which principals have accepted. Set when `allowedPrincipals` is given. */
  readonly resourceShareArn?: string;
  /** One line per connection; `resourceIpPort` in it is the address of the database. */
  readonly accessLogs: logs.LogGroup;
  /** Set when `quietFor` is given. */
  readonly quietAlarm?: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: DatabaseResourceGatewayProps) {
    super(scope, id);
    const { subnets } = props.vpc.selectSubnets(props.subnets ?? {});
    const problems = problemsOf(props, subnets);
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('; ')}`);

    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      // Rules of a resource gateway's group control what it may reach, not which clients reach it (VPC Lattice guide, "Security groups").
      description: 'Resource gateway in front of a database',
      allowAllOutbound: false,
    });
    const rules = letReachDatabase(this.securityGroup, props, { port: props.port, from: 'Resource gateway' });
    const immutable = {
      vpcIdentifier: props.vpc.vpcId,
      subnetIds: subnets.map(({ subnetId }) => subnetId),
      ipAddressType: 'IPV4',
      ipv4AddressesPerEni: props.addressesPerInterface,
      resourceConfigDnsResolution: props.resolveInVpc ? 'IN_VPC' : undefined,
    };
    const digest = createHash('sha256')
      .update(JSON.stringify(Stack.of(this).resolve(immutable)))
      .digest('hex')
      .slice(0, 6);
    this.gateway = new vpclattice.CfnResourceGateway(this, 'Gateway', {
      ...immutable,
      name: this.nameOf('gateway', digest),
      securityGroupIds: [this.securityGroup.securityGroupId],
    });
    this.resourceConfiguration = this.createConfiguration(props, this.nameOf('database', digest));
    // AWS refuses to delete it while endpoints lead to it: what carries their traffic goes after it.
    this.resourceConfiguration.node.addDependency(this.securityGroup, ...rules);
    for (const one of [this.gateway, this.resourceConfiguration]) keepWhenReplaced(one);
    this.resourceConfigurationArn = this.resourceConfiguration.attrArn;
    if (props.allowedPrincipals) this.resourceShareArn = this.share(props.allowedPrincipals);
    this.accessLogs = this.logAccess(props);
    if (props.quietFor) this.quietAlarm = this.createAlarm(props, props.quietFor);
  }

  /** Adds the outputs `ResourceConfigurationArn`, `GatewayAccessLogs` and, when it is shared, `ResourceShareArn`. */
  addOutputs(scope: Construct): void {
    new CfnOutput(scope, 'ResourceConfigurationArn', {
      value: this.resourceConfigurationArn,
      description: 'What a consumer needs to create a resource endpoint, after it accepted the share',
    });
    new CfnOutput(scope, 'GatewayAccessLogs', { value: this.accessLogs.logGroupName });
    if (this.resourceShareArn) new CfnOutput(scope, 'ResourceShareArn', { value: this.resourceShareArn });
  }

  private createConfiguration(
    { database, port }: DatabaseResourceGatewayProps,
    name: string,
  ): vpclattice.CfnResourceConfiguration {
    const common = {
      name,
      resourceGatewayId: this.gateway.attrId,
      // Otherwise a consumer could pass it on: in a service network of its own, every account that shares that network gets in.
      allowAssociationToSharableServiceNetwork: false,
    };
    if (database.kind === 'hostname') {
      const domainName = (database.hostname ?? '').replace(/\.$/, '');
      return new vpclattice.CfnResourceConfiguration(this, 'Configuration', {
        ...common,
        resourceConfigurationType: 'SINGLE',
        protocolType: 'TCP',
        portRanges: [String(port)],
        resourceConfigurationDefinition: { dnsResource: { domainName, ipAddressType: 'IPV4' } },
        // The name that consumers can take over into their VPC; RDS has its own (VPC Lattice guide, "Custom domain names").
        customDomainName: domainName,
      });
    }
    const arnResource = database.arnIn(Stack.of(this), database.kind === 'cluster' ? 'cluster' : 'db');
    // Ports and protocol come with the ARN.
    return new vpclattice.CfnResourceConfiguration(this, 'Configuration', {
      ...common,
      resourceConfigurationType: 'ARN',
      resourceConfigurationDefinition: { arnResource },
    });
  }

  private share(principals: readonly string[]): string {
    return new CfnResourceShare(this, 'Share', {
      name: this.nameOf('share'),
      resourceArns: [this.resourceConfigurationArn],
      principals: [...principals],
      allowExternalPrincipals: true,
    }).attrArn;
  }

  private logAccess({ logRetention }: DatabaseResourceGatewayProps): logs.LogGroup {
    const logGroup = new logs.LogGroup(this, 'AccessLogs', {
      retention: logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new vpclattice.CfnAccessLogSubscription(this, 'AccessLogSubscription', {
      resourceIdentifier: this.resourceConfigurationArn,
      destinationArn: logGroup.logGroupArn,
    });
    // No event reports a change of address here: the first connection to the new address shows it.
    new logs.QueryDefinition(this, 'AddressQuery', {
      queryDefinitionName: this.nameOf('addresses'),
      queryString: new logs.QueryString({
        statsStatements: [
          'count(*) as connections, min(@timestamp) as first, max(@timestamp) as last by resourceIpPort',
        ],
        sort: 'last desc',
      }),
      logGroups: [logGroup],
    });
    return logGroup;
  }

  /** VPC Lattice has no metrics of resource configurations; Logs counts the lines of the access log free of charge. */
  private createAlarm(
    { alarmAction, namePrefix, runbookUrl }: DatabaseResourceGatewayProps,
    quietFor: Duration,
  ): cloudwatch.Alarm {
    const about = { alarmAction, runbookUrl, namePrefix: namePrefix && `${namePrefix}-` };
    return createAlarm(this, 'Quiet', otherAlarms.gatewayQuiet, about, {
      metric: new cloudwatch.Metric({
        namespace: 'AWS/Logs',
        metricName: 'IncomingLogEvents',
        dimensionsMap: { LogGroupName: this.accessLogs.logGroupName },
        statistic: 'Sum',
        period: Duration.minutes(1),
      }),
      evaluationPeriods: quietFor.toMinutes(),
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      // Logs reports nothing while nothing arrives.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }

  /**
   * Unique in the account, as VPC Lattice requires: lower case, 3 to 40 characters, without the prefixes of ids (`rgw-`, `rcfg-`). The
   * digest covers what can never be changed: a replacement is created beside the old resource, and needs another name.
   */
  private nameOf(what: string, digest?: string): string {
    const rest = digest === undefined ? '' : `-${digest}`;
    const maxLength = 40 - what.length - 1 - rest.length;
    return `${what}-${Names.uniqueResourceName(this, { maxLength, separator: '-' }).toLowerCase()}${rest}`;
  }
}

/** Consumers' endpoints lead to the old resource until the consumers replace them. */
function keepWhenReplaced(resource: CfnResource): void {
  resource.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  resource.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
}
