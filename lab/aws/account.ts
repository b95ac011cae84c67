import { paginateDescribeOrderableDBInstanceOptions, type RDSClient } from '@aws-sdk/client-rds';
import type { Services } from './services.ts';

/** What must be true of an account before anything is created there. */
export type Demands = {
  readonly account: string;
  readonly region: string;
  /** Each resource of the lab has this tag; its value is the run. */
  readonly tag: string;
};

export type Account = {
  /** Each problem with what to do about it; nothing is changed. */
  problems(signal: AbortSignal): Promise<readonly string[]>;
  /** Zones that offer every class. */
  zones(): Promise<readonly string[]>;
  /** The ARNs of what a run has left. */
  tagged(run?: string): Promise<readonly string[]>;
};

/** As infra/lab has them. */
export const classes = [
  { engine: 'postgres', size: 'db.t4g.micro', isMultiAz: true },
  { engine: 'postgres', size: 'db.t4g.small', isMultiAz: true },
  { engine: 'aurora-postgresql', size: 'db.t4g.medium', isMultiAz: false },
] as const;

/** What the lab itself calls. CDK deploys with the roles of its bootstrap, which it assumes. */
export const actions = [
  'cloudformation:DescribeStackEvents',
  'cloudformation:DescribeStacks',
  'cloudformation:ListStackResources',
  'ec2:DescribeNetworkInterfaces',
  'elasticloadbalancing:DeregisterTargets',
  'elasticloadbalancing:DescribeListeners',
  'elasticloadbalancing:DescribeTargetHealth',
  'elasticloadbalancing:ModifyListener',
  'elasticloadbalancing:RegisterTargets',
  'lambda:InvokeFunction',
  'logs:FilterLogEvents',
  'rds:DescribeDBClusters',
  'rds:DescribeDBInstances',
  'rds:DescribeOrderableDBInstanceOptions',
  'rds:FailoverDBCluster',
  'rds:ModifyDBInstance',
  'rds:RebootDBInstance',
  'ssm:GetParameter',
  'sts:AssumeRole',
  'tag:GetResources',
] as const;

export function createAccount({ identity, denied, tagged }: Services, rds: RDSClient, demands: Demands): Account {
  return {
    tagged: (run) => tagged(demands.tag, run),
    zones: async () => (await offersOf(rds)).reduce(inBoth).slice(0, zoneCount),
    async problems(signal) {
      const { account, arn } = await identity(signal);
      // In another account the rest would be wrong, too.
      if (account !== demands.account)
        return [
          `the credentials are those of account ${account}, and --account says ${demands.account}. Use credentials of the account that you mean (--profile or AWS_PROFILE)`,
        ];
      const [missing, offers, left] = await Promise.all([
        // The account's owner may do everything, and IAM does not simulate it.
        arn.endsWith(':root') ? [] : permissionProblems(denied, arn, signal),
        offersOf(rds, signal),
        tagged(demands.tag, undefined, signal),
      ]);
      return [...missing, ...missingOffers(offers, demands), ...leftovers(left)];
    },
  };
}

/** IAM simulates policies of users and roles: the role of a session is part of its ARN. */
export const principalOf = (arn: string): string =>
  arn.replace(/^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/(.+)\/[^/]+$/, 'arn:$1:iam::$2:role/$3');

async function permissionProblems(denied: Services['denied'], arn: string, signal: AbortSignal): Promise<string[]> {
  try {
    const missing = await denied(principalOf(arn), actions, signal);
    return missing.length === 0 ? [] : [`${arn} lacks ${missing.join(', ')}. Grant them, or use other credentials`];
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return [
      `the permissions of ${arn} are unknown (${why}). Grant it iam:SimulatePrincipalPolicy on itself, so that the lab knows before it creates anything`,
    ];
  }
}

function leftovers(left: readonly string[]): string[] {
  if (left.length === 0) return [];
  return [
    ...left.map((one) => `left by an earlier lab: ${one}`),
    'Continue that lab with --resume and its state file, which destroys it; without the file, delete its stacks (rds-target-lab-…) in the CloudFormation console',
  ];
}

/** Of the provider's network. */
const zoneCount = 3;

const inBoth = (one: readonly string[], other: readonly string[]) => one.filter((zone) => other.includes(zone));

/** The zones that offer each class, in the order of `classes`. */
const offersOf = (rds: RDSClient, abortSignal?: AbortSignal): Promise<readonly (readonly string[])[]> =>
  Promise.all(
    classes.map(async ({ engine, size, isMultiAz }) => {
      const zones = new Set<string>();
      const input = { Engine: engine, DBInstanceClass: size, Vpc: true };
      const pages = paginateDescribeOrderableDBInstanceOptions({ client: rds }, input, { abortSignal });
      for await (const { OrderableDBInstanceOptions = [] } of pages)
        for (const { AvailabilityZones = [], MultiAZCapable } of OrderableDBInstanceOptions)
          if (MultiAZCapable || !isMultiAz) for (const { Name } of AvailabilityZones) if (Name) zones.add(Name);
      return [...zones].sort();
    }),
  );

function missingOffers(offers: readonly (readonly string[])[], { region }: Demands): string[] {
  const missing = classes.flatMap(({ engine, size, isMultiAz }, index) =>
    offers[index]?.length === 0 ? [`${region} offers no ${size} for ${engine}${isMultiAz ? ' as Multi-AZ' : ''}`] : [],
  );
  const zones = offers.reduce(inBoth);
  if (missing.length === 0 && zones.length < zoneCount)
    missing.push(
      `${region} offers the classes of the lab together in ${zones.length} zones, and it needs ${zoneCount}`,
    );
  return missing.map((one) => `${one}. Choose another Region with --region`);
}
