import { Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { canHoldTargets, clientRange, isNetwork } from '../../lib/addresses.ts';
import { arnPattern, endpointServiceName, endpointServiceShown, isRegion } from '../../lib/partitions.ts';
import { isDomainName, itemProblems, portProblems, subnetProblems } from '../endpoint-service/checks.ts';
import type { DatabaseConsumerEndpointProps } from './database-consumer-endpoint-props.ts';

const configurationArn = arnPattern('vpc-lattice', 'resourceconfiguration/rcfg-[0-9a-z]{17}');

/** Everything that is wrong with the props, at once. Tokens pass: their values are not known yet. */
export function problemsOf(props: DatabaseConsumerEndpointProps, subnets: readonly ec2.ISubnet[]): string[] {
  return [
    ...providerProblems(props),
    ...portProblems('port', props.port),
    ...subnetProblems(subnets),
    ...itemProblems(
      'clientCidrs',
      props.clientCidrs,
      (cidr) => isNetwork(cidr) && canHoldTargets(cidr),
      `a range such as 10.0.0.0/16, ${clientRange}`,
    ),
    ...((props.clientSecurityGroups ?? []).length === 0 && (props.clientCidrs ?? []).length === 0
      ? ['nobody is admitted; allowed: clientSecurityGroups or clientCidrs with one client or more']
      : []),
    ...nameProblems(props),
  ];
}

function providerProblems({ provider }: DatabaseConsumerEndpointProps): string[] {
  if ('resourceConfigurationArn' in provider)
    return itemProblems(
      'resourceConfigurationArn',
      [provider.resourceConfigurationArn],
      (text) => configurationArn.test(text),
      'arn:aws:vpc-lattice:REGION:ACCOUNT:resourceconfiguration/rcfg-…',
    );
  return [
    ...itemProblems(
      'serviceName',
      [provider.serviceName],
      (text) => endpointServiceName.test(text),
      `${endpointServiceShown}, as the provider’s output EndpointServiceName has it`,
    ),
    ...itemProblems('serviceRegion', provider.serviceRegion ? [provider.serviceRegion] : [], isRegion, 'a Region'),
  ];
}

function nameProblems({ provider, dns = 'none', zonalNames }: DatabaseConsumerEndpointProps): string[] {
  const isResource = 'resourceConfigurationArn' in provider;
  const hasHostName = typeof dns === 'object';
  return [
    ...(isResource && dns === 'provider'
      ? [
          'dns is "provider"; allowed: none for a resource endpoint to an RDS database, which answers to the database\'s own name, or { hostName } with the host name that the provider shared',
        ]
      : []),
    ...(hasHostName ? itemProblems('hostName', [dns.hostName], isPlainName, 'a full DNS name, without *') : []),
    ...(zonalNames && (!hasHostName || isResource)
      ? ['zonalNames is true; allowed: only with a hostName, and not for a resource endpoint']
      : []),
  ];
}

const isPlainName = (text: string) => Token.isUnresolved(text) || (isDomainName(text) && !text.startsWith('*'));
