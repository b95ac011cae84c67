import type { App } from 'aws-cdk-lib';
import { Port } from 'aws-cdk-lib/aws-ec2';
import { DatabaseConsumerEndpoint, Placement, PrivateApiAccess, type Provider } from '../index.ts';
import { LabClient } from './client-function.ts';
import type { DatabasesStack, LabDatabase } from './databases-stack.ts';
import type { LabSettings } from './names.ts';
import { scratchPorts } from './scratch.ts';
import type { ServicesStack } from './services-stack.ts';
import { createNetwork, databasePort, LabStack, zonesOf } from './stack.ts';

/** The consumer's network, with an endpoint in two zones for each way to the databases, and the client. It tells what the lab has. */
export class ConsumerStack extends LabStack {
  constructor(app: App, settings: LabSettings, databases: DatabasesStack, provider: ServicesStack) {
    super(app, 'consumer', settings, 'Consumer of the lab');
    const vpc = createNetwork(this);
    const one = zonesOf(vpc, 1);
    const endpoints = new PrivateApiAccess(this, 'Apis', { vpc, subnets: one, privateDns: false });
    const both = [databases.instance, databases.cluster];
    const client = new LabClient(this, 'Client', {
      placement: Placement.insideVpc({ vpc, subnets: zonesOf(vpc, 2), endpoints }),
      ...{ login: databases.login, databases: both, name: `lab-${this.run}-client` },
    });
    const endpointTo = (id: string, to: Provider) => {
      const endpoint = new DatabaseConsumerEndpoint(this, id, {
        ...{ vpc, subnets: zonesOf(vpc, 2), provider: to, port: databasePort },
        clientSecurityGroups: [client.securityGroup],
      });
      return { endpoint, host: endpoint.dnsName ?? '' };
    };
    const services = provider.services.map(({ way, database, service: { serviceName } }) => ({
      database,
      access: { name: way, port: databasePort, host: endpointTo(`${database.kind}-${way}`, { serviceName }).host },
    }));
    const gateways = provider.gateways.map(({ database, resourceConfigurationArn }) => {
      endpointTo(`${database.kind}-gateway`, { resourceConfigurationArn });
      // It answers to the database's own name, here.
      return { database, access: { name: 'resource gateway', port: databasePort, host: database.host } };
    });
    for (const database of both) {
      const ways = [...services, ...gateways].filter((one) => one.database === database).map(({ access }) => access);
      this.tellDatabase(database, provider, ways);
    }
    const { endpoint, host } = endpointTo('Scratch', { serviceName: provider.scratch.service.serviceName });
    const lanes = Port.tcpRange(Math.min(...scratchPorts), Math.max(...scratchPorts));
    endpoint.securityGroup.connections.allowFrom(client.securityGroup, lanes, 'Client of the lab');
    for (const [index, lane] of provider.scratch.listeners.entries()) this.tell(`Scratch${index}`, { host, ...lane });
    this.tell('ClientFunction', client.functionName);
  }

  /** `LabDatabase` of the contract. */
  private tellDatabase(
    database: LabDatabase,
    { services }: ServicesStack,
    ways: readonly { readonly name: string; readonly host: string; readonly port: number }[],
  ): void {
    const { id, host, securityGroup, kind } = database;
    const functionNames = services.filter((one) => one.database === database).flatMap((one) => one.functionNames);
    const endpoint = { host, port: databasePort };
    this.tell(kind === 'instance' ? 'Instance' : 'Cluster', {
      ...{ id, endpoint, functionNames, securityGroupId: securityGroup.securityGroupId },
      accesses: [{ name: 'direct', ...endpoint }, ...ways],
    });
  }
}
