import type { App } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type DatabaseEndpointService, DatabaseResourceGateway, Placement, PrivateApiAccess } from '../index.ts';
import { LabClient } from './client-function.ts';
import type { DatabasesStack, LabDatabase } from './databases-stack.ts';
import type { LabSettings } from './names.ts';
import { createScratch, type Scratch } from './scratch.ts';
import { acceptFunctions, createService } from './service.ts';
import { databasePort, LabStack, zonesOf } from './stack.ts';

/** An endpoint service with its reconciler. `way`: as `LabAccess.name` of the contract. */
export type LabService = {
  readonly way: 'reconciler' | 'probe' | 'warm standby';
  readonly database: LabDatabase;
  readonly service: DatabaseEndpointService;
  readonly functionNames: readonly string[];
};

export type LabGateway = { readonly database: LabDatabase; readonly resourceConfigurationArn: string };

type Row = Pick<LabService, 'way' | 'database'> & { readonly name: string; readonly isInside: boolean };

/** All ways to the databases, from the public constructs alone; a scratch load balancer; a client beside the databases. */
export class ServicesStack extends LabStack {
  readonly services: readonly LabService[];
  readonly gateways: readonly LabGateway[];
  readonly scratch: Scratch;
  readonly client: LabClient;
  private readonly databases: DatabasesStack;
  private readonly inside: Placement;

  constructor(app: App, settings: LabSettings, databases: DatabasesStack) {
    super(app, 'services', settings, 'Endpoint services, reconcilers and resource gateways of the lab');
    this.databases = databases;
    const { vpc, instance, cluster, login } = databases;
    const endpoints = new PrivateApiAccess(this, 'Apis', { vpc, subnets: zonesOf(vpc, 2), privateDns: false });
    this.inside = Placement.insideVpc({ vpc, subnets: zonesOf(vpc, 2), endpoints });
    const rows: readonly Row[] = [
      { name: 'instance', way: 'reconciler', database: instance, isInside: false },
      { name: 'warm', way: 'warm standby', database: instance, isInside: true },
      { name: 'cluster', way: 'reconciler', database: cluster, isInside: true },
      { name: 'probe', way: 'probe', database: cluster, isInside: true },
    ];
    this.services = rows.map((row) => this.createService(row));
    this.gateways = [instance, cluster].map((database) => this.createGateway(database));
    this.scratch = createScratch(this, { vpc, databases: [instance, cluster], principal: this.ownAccount });
    this.client = new LabClient(this, 'Client', {
      ...{ placement: this.inside, login, databases: [instance, cluster] },
      name: `lab-${this.run}-inside`,
    });
    for (const { securityGroup } of [instance, cluster])
      this.client.mayConnect(securityGroup, databasePort, 'Client of the lab');
    acceptFunctions(this);
    this.tell('InsideClientFunction', this.client.functionName);
  }

  private createService({ name, way, database, isInside }: Row): LabService {
    const { vpc, login } = this.databases;
    const { securityGroup: databaseSecurityGroup } = database;
    const isProbed = way !== 'reconciler';
    const made = createService(this, {
      ...{ name, vpc, database, subnets: vpc.isolatedSubnets, isWarm: way === 'warm standby' },
      placement: isInside ? this.inside : undefined,
      probe: isProbed ? { login: 'secret', secret: login, databaseSecurityGroup, port: databasePort } : undefined,
    });
    return { way, database, ...made };
  }

  private createGateway(database: LabDatabase): LabGateway {
    const { vpc } = this.databases;
    const { resourceConfigurationArn } = new DatabaseResourceGateway(this, `Gateway-${database.kind}`, {
      ...{ vpc, subnets: zonesOf(vpc, 3), database: database.followed, port: databasePort },
      databaseSecurityGroup: database.securityGroup,
      logRetention: RetentionDays.ONE_DAY,
    });
    return { database, resourceConfigurationArn };
  }
}
