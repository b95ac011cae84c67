import { type App, Stack } from 'aws-cdk-lib';
import { endpointServiceName } from '../../lib/partitions.ts';
import type { ConsumerEntry } from '../config/consumers.ts';
import { DatabaseConsumerEndpoint, type Provider } from '../consumer/database-consumer-endpoint.ts';
import { networkOf, securityGroupOf } from './entry-to-props.ts';

/** One stack per consumer. */
export const addConsumerStacks = (app: App, entries: readonly ConsumerEntry[]): readonly ConsumerStack[] =>
  entries.map((entry) => new ConsumerStack(app, entry));

/** The consumer's half of a connection, as one entry of the configuration file asks for it. */
class ConsumerStack extends Stack {
  readonly consumer: DatabaseConsumerEndpoint;

  constructor(app: App, entry: ConsumerEntry) {
    const { name, account, region, tags, clientSecurityGroupIds = [], dns } = entry;
    super(app, `${name}-consumer`, {
      description: `Endpoint that leads to the database ${name} (rds-target-reconciler)`,
      env: { account, region },
      tags,
    });
    const hasHostName = typeof dns === 'object';
    this.consumer = new DatabaseConsumerEndpoint(this, 'Consumer', {
      ...networkOf(this, entry.vpc),
      provider: providerOf(entry),
      port: entry.port,
      otherPorts: entry.otherPorts,
      clientSecurityGroups: clientSecurityGroupIds.flatMap(
        (id, index) => securityGroupOf(this, `Clients${index}`, id) ?? [],
      ),
      clientCidrs: entry.clientCidrs,
      dns: hasHostName ? { hostName: dns.hostName, otherHostNames: dns.otherHostNames } : dns,
      zonalNames: hasHostName ? dns.zonalNames : undefined,
      addressType: entry.addressType,
    });
    this.consumer.addOutputs(this);
  }
}

function providerOf({ serviceName = '', resourceConfigurationArn, region }: ConsumerEntry): Provider {
  if (resourceConfigurationArn) return { resourceConfigurationArn };
  const [, serviceRegion] = endpointServiceName.exec(serviceName) ?? [];
  return region && serviceRegion && serviceRegion !== region ? { serviceName, serviceRegion } : { serviceName };
}
