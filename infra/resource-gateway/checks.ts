import { Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { principalPattern } from '../../lib/partitions.ts';
import { cidrProblems, itemProblems, portProblems, subnetProblems } from '../endpoint-service/checks.ts';
import type { DatabaseResourceGatewayProps } from './database-resource-gateway-props.ts';
import { gatewayLimits } from './limits.ts';

const ramPrincipal = principalPattern('organizations', '(organization|ou)/o-[a-z0-9]{10,32}(/ou-[\\w-]+)?');
const isRamPrincipal = (text: string) => ramPrincipal.test(text);

/** Everything that is wrong with the props, at once. Tokens pass: their values are not known yet. */
export function problemsOf(props: DatabaseResourceGatewayProps, subnets: readonly ec2.ISubnet[]): string[] {
  return [
    ...(props.publiclyAccessible && props.database.kind === 'cluster'
      ? [`publiclyAccessible is true; ${gatewayLimits.publicCluster}`]
      : []),
    ...portProblems('port', props.port),
    ...subnetProblems(subnets),
    ...cidrProblems('databaseCidrs', props.databaseCidrs),
    ...itemProblems(
      'allowedPrincipals',
      props.allowedPrincipals,
      isRamPrincipal,
      'an account id (12 digits), or arn:aws:organizations::… of an organisation or an organisational unit',
    ),
    ...addressProblems(props),
    ...(props.resolveInVpc && props.database.kind !== 'hostname'
      ? ['resolveInVpc is true; allowed: only for a host name, because RDS is shared by ARN']
      : []),
    ...quietProblems(props),
  ];
}

function addressProblems({ addressesPerInterface: count }: DatabaseResourceGatewayProps): string[] {
  if (count === undefined || Token.isUnresolved(count)) return [];
  return Number.isInteger(count) && count >= 1 && count <= 62
    ? []
    : [`addressesPerInterface is ${count}; allowed: a whole number from 1 to 62`];
}

function quietProblems({ quietFor }: DatabaseResourceGatewayProps): string[] {
  if (!quietFor || quietFor.isUnresolved()) return [];
  const minutes = quietFor.toMinutes({ integral: false });
  return Number.isInteger(minutes) && minutes >= 1 && minutes <= 1440
    ? []
    : [`quietFor is ${minutes} minutes; allowed: whole minutes from 1 to 1440`];
}
