import { type App, CfnOutput, Fn, Stack } from 'aws-cdk-lib';
import type { DatabaseEntry } from '../config/databases.ts';
import { PrivateApiAccess } from '../placement/private-api-access.ts';
import { networkOf } from './entry-to-props.ts';

/** A database's stack, and the AWS calls that its functions make. */
type Member = { readonly entry: DatabaseEntry; readonly stack: Stack; readonly calls: readonly string[] };
type Vpc = NonNullable<DatabaseEntry['vpc']>;

/** One stack for each VPC in which databases share endpoints for the AWS APIs. The databases' stacks are deployed after it. */
export function addApiAccessStacks(app: App, members: readonly Member[]): readonly ApiAccessStack[] {
  const sharing = members.filter(({ entry }) => entry.placement?.endpoints === 'shared' && entry.vpc);
  const groups = Map.groupBy(sharing, ({ entry }) => [entry.account, entry.region, entry.vpc?.id].join());
  return [...groups.values()].map((group) => new ApiAccessStack(app, group));
}

/** Interface endpoints that several databases in one VPC share, under the APIs' usual names. */
class ApiAccessStack extends Stack {
  readonly access: PrivateApiAccess;

  constructor(app: App, members: readonly Member[]) {
    const [first] = members.map(({ entry }) => entry);
    const vpc = sharedVpc(members.flatMap(({ entry }) => entry.vpc ?? []));
    super(app, `private-api-access-${vpc.id}`, {
      description: `Way to the AWS APIs for databases in ${vpc.id} (rds-target-reconciler)`,
      env: { account: first?.account, region: first?.region },
    });
    const placements = members.flatMap(({ entry }) => entry.placement ?? []);
    this.access = new PrivateApiAccess(this, 'Access', {
      ...networkOf(this, vpc),
      calls: members.flatMap(({ calls }) => calls),
      clientCidrs: unique([
        ...(vpc.cidr ? [vpc.cidr] : []),
        ...placements.flatMap(({ clientCidrs = [] }) => clientCidrs),
      ]),
      // Private DNS leads every client in the VPC here: their calls passed before, and go on passing.
      allowOtherCalls: true,
      otherCallers: unique(placements.flatMap(({ otherCallers = [] }) => otherCallers)),
    });
    const exportName = `${this.stackName}-security-group`;
    new CfnOutput(this, 'SecurityGroup', { value: this.access.securityGroup.securityGroupId, exportName });
    for (const { stack } of members) {
      stack.addStackDependency(this, 'the functions reach the AWS APIs through its endpoints');
      // CloudFormation refuses to delete a stack whose exports are imported: without it the functions repair nothing.
      new CfnOutput(stack, 'PrivateApiAccess', {
        value: Fn.importValue(exportName),
        description: 'Security group of the shared interface endpoints',
      });
    }
  }
}

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)];

/** Every zone that one of the databases is in, by the first subnet that is named there: an endpoint takes one for each zone. */
function sharedVpc(vpcs: readonly Vpc[]): Vpc {
  const subnets = vpcs.flatMap((vpc) => vpc.subnets);
  const first = subnets.filter(({ zone }, index) => subnets.findIndex((other) => other.zone === zone) === index);
  return { id: vpcs[0]?.id ?? '', cidr: vpcs.find(({ cidr }) => cidr)?.cidr, subnets: first };
}
