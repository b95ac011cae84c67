import { type App, Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { FollowedDatabase } from '../index.ts';
import type { LabSettings } from './names.ts';
import { accept, createNetwork, databasePort, LabStack, zonesOf } from './stack.ts';

/** A database of the lab, for the stacks that lead to it. */
export type LabDatabase = {
  readonly id: string;
  readonly kind: 'instance' | 'cluster';
  readonly host: string;
  /** What its servers' certificates are for, each with one of them. */
  readonly serverNames: readonly string[];
  readonly securityGroup: ec2.SecurityGroup;
  readonly followed: FollowedDatabase;
};

const user = 'lab';

const mustGo = 'the lab has to be able to delete it';

/** The provider's network with a Multi-AZ instance and an Aurora cluster of two, and a log of every event of RDS. */
export class DatabasesStack extends LabStack {
  readonly vpc: ec2.Vpc;
  /** The login of both databases, as the functions read it. */
  readonly login: Secret;
  readonly instance: LabDatabase;
  readonly cluster: LabDatabase;

  constructor(app: App, settings: LabSettings) {
    super(app, 'databases', settings, 'Databases of the lab');
    this.vpc = createNetwork(this);
    this.login = new Secret(this, 'Login', {
      description: "Login of the lab's databases",
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: user }),
        generateStringKey: 'password',
        passwordLength: 32,
        excludePunctuation: true,
      },
    });
    accept(this.login, { SMG4: 'the databases are deleted within hours' });
    this.instance = this.createInstance();
    this.cluster = this.createCluster();
    this.recordEvents();
  }

  /** Its security group is on it and on nothing else, as the warm standby needs it. */
  private createInstance(): LabDatabase {
    const securityGroup = this.securityGroupOf('instance');
    const instance = new rds.DatabaseInstance(this, 'Instance', {
      instanceIdentifier: this.idOf('instance'),
      engine: rds.DatabaseInstanceEngine.POSTGRES,
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MICRO),
      vpc: this.vpc,
      vpcSubnets: zonesOf(this.vpc, 3),
      securityGroups: [securityGroup],
      multiAz: true,
      allocatedStorage: 20,
      storageType: rds.StorageType.GP3,
      storageEncrypted: true,
      credentials: rds.Credentials.fromPassword(user, this.login.secretValueFromJson('password')),
      port: databasePort,
      backupRetention: Duration.days(0),
      deleteAutomatedBackups: true,
      deletionProtection: false,
      autoMinorVersionUpgrade: false,
    });
    accept(instance, {
      RDS10: mustGo,
      RDS11: 'the usual port, as customers have it; only the lab reaches it',
      RDS13: 'it holds what the lab wrote, which is not restored',
    });
    const host = instance.dbInstanceEndpointAddress;
    const followed = FollowedDatabase.instance({ ...this.known('instance', host, securityGroup), engine: 'postgres' });
    return { id: this.idOf('instance'), kind: 'instance', host, serverNames: [host], securityGroup, followed };
  }

  /** The resources themselves: CDK's construct wants a version, which would be too old one day. AWS takes its default. */
  private createCluster(): LabDatabase {
    const securityGroup = this.securityGroupOf('cluster');
    const engine = 'aurora-postgresql';
    const subnets = new rds.SubnetGroup(this, 'ClusterSubnets', {
      description: 'Cluster of the lab',
      vpc: this.vpc,
      vpcSubnets: zonesOf(this.vpc, 3),
    });
    const cluster = new rds.CfnDBCluster(this, 'Cluster', {
      dbClusterIdentifier: this.idOf('cluster'),
      engine,
      masterUsername: user,
      masterUserPassword: this.login.secretValueFromJson('password').unsafeUnwrap(),
      dbSubnetGroupName: subnets.subnetGroupName,
      vpcSecurityGroupIds: [securityGroup.securityGroupId],
      port: databasePort,
      storageEncrypted: true,
      backupRetentionPeriod: 1,
      deleteAutomatedBackups: true,
      deletionProtection: false,
    });
    accept(cluster, { RDS10: mustGo, RDS6: 'the only login is the generated password of the lab' });
    const members = this.availabilityZones.slice(0, 2).map(
      (availabilityZone, index) =>
        new rds.CfnDBInstance(this, `Member${index}`, {
          dbInstanceIdentifier: `${this.idOf('cluster')}-${index}`,
          dbClusterIdentifier: cluster.ref,
          dbInstanceClass: 'db.t4g.medium',
          engine,
          availabilityZone,
          publiclyAccessible: false,
          autoMinorVersionUpgrade: false,
        }),
    );
    const serverNames = members.map(({ attrEndpointAddress }) => attrEndpointAddress);
    const host = cluster.attrEndpointAddress;
    const { instanceIdentifier: clusterIdentifier, ...known } = this.known('cluster', host, securityGroup);
    const followed = FollowedDatabase.cluster({ ...known, clusterIdentifier });
    return { id: this.idOf('cluster'), kind: 'cluster', host, serverNames, securityGroup, followed };
  }

  private idOf(kind: string): string {
    return `lab-${this.run}-${kind}`;
  }

  private known(kind: string, endpointAddress: string, { securityGroupId }: ec2.SecurityGroup) {
    const securityGroupIds = [securityGroupId];
    return { instanceIdentifier: this.idOf(kind), endpointAddress, port: databasePort, securityGroupIds };
  }

  private securityGroupOf(kind: string): ec2.SecurityGroup {
    const description = `The ${kind} of the lab`;
    return new ec2.SecurityGroup(this, `${kind}SecurityGroup`, { vpc: this.vpc, description, allowAllOutbound: false });
  }

  /** Raw, as fixtures. The console shows the log groups that events go to only below this name. */
  private recordEvents(): void {
    const logGroupName = `/aws/events/rds-target-lab-${this.run}`;
    const logGroup = new LogGroup(this, 'Events', {
      logGroupName,
      retention: RetentionDays.ONE_DAY,
    });
    logGroup.addToResourcePolicy(
      new PolicyStatement({
        sid: 'RecordEvents',
        principals: ['events', 'delivery.logs'].map((name) => new ServicePrincipal(`${name}.amazonaws.com`)),
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    const arn = `arn:${this.partition}:logs:${this.region}:${this.account}:log-group:${logGroup.logGroupName}`;
    new Rule(this, 'Record', {
      description: 'Records every event of RDS',
      eventPattern: { source: ['aws.rds'] },
      // CDK's own target brings a function, whose log group would stay.
      targets: [{ bind: () => ({ arn }) }],
    });
    this.tell('EventsLogGroup', logGroupName);
  }
}
