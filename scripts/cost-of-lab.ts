import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricNames } from '../lib/metrics.ts';
import { amount, hoursPerMonth, prices } from './cost.ts';
import type { Template } from './templates.ts';

/* What the lab costs, computed from its templates: `npm run lab` says so before it asks, and docs/lab.md has the table. */

/** How long a default run takes, with deployment and deletion. */
export const defaultHours = 3;

type Line = { readonly item: string; readonly quantity: number; readonly unit: string; readonly unitPrice: number };
export type LabCostItem = Line & { readonly dollarsPerHour: number };

type Properties = Readonly<Record<string, unknown>>;

const line = (item: string, quantity: number, unit: string, unitPrice: number): Line => ({
  ...{ item, quantity, unit, unitPrice },
});

const monthly = (price: number): number => price / hoursPerMonth;

/** Of a new Aurora cluster: the least that is charged. GB. */
const auroraGb = 10;

/** As many at once as experiments have them on average, of all client functions together. */
const clientsAtOnce = 7;

const classes: Readonly<Record<string, number>> = {
  'postgres db.t4g.micro': prices.dbT4gMicroHour,
  'aurora-postgresql db.t4g.medium': prices.auroraT4gMediumHour,
};

const priced: Readonly<Record<string, (properties: Properties) => readonly Line[]>> = {
  'AWS::RDS::DBInstance'({ Engine, DBInstanceClass, MultiAZ, AllocatedStorage = 0 }) {
    const price = classes[`${Engine} ${DBInstanceClass}`];
    if (price === undefined) throw new Error(`scripts/cost.ts has no price of ${Engine} on ${DBInstanceClass}`);
    const hosts = MultiAZ ? 2 : 1;
    const storage = Number(AllocatedStorage) * hosts;
    return [
      line(`${Engine} on ${DBInstanceClass}`, hosts, 'hosts', price),
      ...(storage > 0 ? [line('Storage', storage, 'GB', monthly(prices.dbStorageGbMonth))] : []),
    ];
  },
  'AWS::RDS::DBCluster': () => [line('Storage', auroraGb, 'GB', monthly(prices.dbStorageGbMonth))],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': () => [
    line('Network Load Balancers', 1, 'load balancers', prices.networkLoadBalancerHour),
  ],
  'AWS::EC2::VPCEndpoint': ({ VpcEndpointType, SubnetIds }) =>
    VpcEndpointType === 'Resource'
      ? [line('Resource endpoints', 1, 'endpoints', prices.resourceEndpointHour)]
      : [line('Interface endpoints', (SubnetIds as []).length, 'endpoint-zones', prices.interfaceEndpointZoneHour)],
  'AWS::SecretsManager::Secret': () => [line('Secrets', 1, 'secrets', monthly(prices.secretMonth))],
  // One for each reconciler.
  'Custom::FirstRegistration': () => [
    line('Custom metrics', Object.keys(metricNames).length, 'metrics', monthly(prices.customMetric)),
  ],
};

/** Free, or cents in a run: functions, logs, events, queues, schedules, and what a network is made of. */
const cheap =
  /^AWS::(CDK::Metadata|IAM::|Logs::|Events::|Scheduler::|SQS::|VpcLattice::|Lambda::(Function|EventInvokeConfig|Permission)$|RDS::DBSubnetGroup$|EC2::(VPC|Subnet|RouteTable|SubnetRouteTableAssociation|SecurityGroup|SecurityGroupIngress|SecurityGroupEgress|VPCEndpointService|VPCEndpointServicePermissions)$|ElasticLoadBalancingV2::(Listener|TargetGroup)$)|^Custom::HealthyTarget$/;

/**
 * What the lab costs an hour, each kind of thing in one line.
 * @throws Error for a resource whose price is not known
 */
export function labCost(templates: readonly Template[]): LabCostItem[] {
  const resources = templates.flatMap(({ Resources }) => Object.values(Resources));
  const lines = resources.flatMap(({ Type, Properties }) => {
    const price = priced[Type];
    if (!price && !cheap.test(Type)) throw new Error(`scripts/cost-of-lab.ts has no price of ${Type}`);
    return price?.(Properties) ?? [];
  });
  const gbSeconds = (clientsAtOnce * 3600 * memoryOf(resources)) / 1024;
  lines.push(line('Clients', gbSeconds, 'GB-seconds', prices.lambdaGbSecond));
  const groups = Map.groupBy(lines, ({ item, unitPrice }) => `${item} ${unitPrice}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const quantity = group.reduce((sum, one) => sum + one.quantity, 0);
    return first ? [{ ...first, quantity, dollarsPerHour: quantity * first.unitPrice }] : [];
  });
}

/** Of a client function, in MB: those which have the login of the lab. */
function memoryOf(resources: readonly { readonly Type: string; readonly Properties: Properties }[]): number {
  const client = resources.find(({ Type, Properties }) => {
    const { Variables = {} } = (Properties?.Environment ?? {}) as { Variables?: Properties };
    return Type === 'AWS::Lambda::Function' && 'LOGIN_SECRET_ARN' in Variables;
  });
  return Number(client?.Properties.MemorySize ?? 0);
}

export const anHour = (items: readonly LabCostItem[]): number =>
  items.reduce((sum, { dollarsPerHour }) => sum + dollarsPerHour, 0);

/** The table of docs/lab.md. */
export function labCostTable(items: readonly LabCostItem[]): string {
  const hour = anHour(items);
  return [
    '| Item | Arithmetic | An hour |',
    '|---|---|---|',
    ...items.map(
      ({ item, quantity, unit, unitPrice, dollarsPerHour }) =>
        `| ${item} | ${amount(Number(quantity.toFixed(1)), unit)} × $${Number(unitPrice.toPrecision(3))} | $${dollarsPerHour.toFixed(3)} |`,
    ),
    `| **Together** | | **$${hour.toFixed(2)}** |`,
    `| **A default run** | ${defaultHours} h × $${hour.toFixed(2)} | **$${(defaultHours * hour).toFixed(2)}** |`,
  ].join('\n');
}

const part = /(<!-- cost-lab -->\n)[\s\S]*?(<!-- \/cost-lab -->)/;

/** docs/lab.md with its table as it should be. */
export const withLabCost = (text: string, items: readonly LabCostItem[]): string =>
  text.replace(part, (_, start, end) => `${start}\n${labCostTable(items)}\n\n${end}`);

if (import.meta.main) {
  const { App } = await import('aws-cdk-lib');
  const { addLabStacks } = await import('../infra/lab/stacks.ts');
  const app = new App({ analyticsReporting: false });
  const zones = ['a', 'b', 'c'].map((letter) => `${prices.region}${letter}`);
  const settings = {
    run: 'example',
    until: '2026-12-01T14:00:00Z',
    zones,
    region: prices.region,
    proof: 'mistyped',
  } as const;
  const stacks = addLabStacks(app, settings);
  const assembly = app.synth();
  const items = labCost(stacks.map(({ stackName }) => assembly.getStackByName(stackName).template as Template));
  const file = join(import.meta.dirname, '..', 'docs', 'lab.md');
  writeFileSync(file, withLabCost(readFileSync(file, 'utf8'), items));
}
