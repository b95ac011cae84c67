import { type AlarmId, alarmIds } from '../infra/reconciler/alarm-catalogue.ts';
import { memoryMb } from '../infra/reconciler/memory.ts';
import { metricNames } from '../lib/metrics.ts';

/**
 * List prices in US dollars, from AWS's price pages. Other Regions differ by up to a third; free tiers are left out, because an
 * account has them once and not per database.
 */
export const prices = {
  region: 'us-east-1',
  date: '2026-11',
  /** CloudWatch: one custom metric (a name with its dimensions), a month. */
  customMetric: 0.3,
  /** CloudWatch: one metric in an alarm of standard resolution, a month. */
  alarmMetric: 0.1,
  /** CloudWatch: one dashboard, a month. */
  dashboard: 3,
  /** CloudWatch Logs: ingestion, standard class, a GB. */
  logIngestionGb: 0.5,
  /** Lambda: a million requests. */
  lambdaMillionRequests: 0.2,
  /** Lambda, arm64: a GB-second. */
  lambdaGbSecond: 0.0000133334,
  /** Elastic Load Balancing: a Network Load Balancer, an hour. */
  networkLoadBalancerHour: 0.0225,
  /** PrivateLink: one interface endpoint in one Availability Zone, an hour. */
  interfaceEndpointZoneHour: 0.01,
  /** VPC Lattice: a resource configuration in a service network, an hour. That it is charged is AWS's word, the figure a third party's. */
  sharedResourceHour: 0.1,
  /** PrivateLink and VPC Lattice: data, a GB. */
  dataGb: 0.01,
  /** PrivateLink: one resource endpoint, an hour. That it is charged by the hour is AWS's word; the figure is assumed, twice an interface endpoint's. */
  resourceEndpointHour: 0.02,
  /** RDS for PostgreSQL: one `db.t4g.micro`, an hour. A Multi-AZ instance is two. */
  dbT4gMicroHour: 0.016,
  /** Aurora PostgreSQL: one `db.t4g.medium`, an hour. */
  auroraT4gMediumHour: 0.073,
  /** RDS: gp3 storage, a GB and month; of a Multi-AZ instance twice. Aurora's is cheaper. */
  dbStorageGbMonth: 0.115,
  /** Secrets Manager: a secret, a month. */
  secretMonth: 0.4,
} as const;

export const hoursPerMonth = 730;

type Price = Exclude<keyof typeof prices, 'region' | 'date'>;

/** One line of the bill: `quantity` × `unitPrice`. */
export type CostItem = {
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  readonly unitPrice: number;
  readonly dollarsPerMonth: number;
};

/** What one database is deployed with. */
export type CostInputs = {
  /** Minutes between two runs of the drift function. */
  readonly scheduleMinutes: number;
  /** Memory of the drift function. */
  readonly memoryMegabytes: number;
  /** How long a drift run takes. */
  readonly runMilliseconds: number;
  /** What a run writes to the log. */
  readonly logBytesPerRun: number;
  /** `all`: those of a database without a warm standby, which has one more. `none` leaves them out. */
  readonly alarms: 'all' | 'without-health' | 'with-standby' | 'none';
  readonly hasDashboard: boolean;
  /** The load balancer of a `DatabaseEndpointService`. */
  readonly hasLoadBalancer: boolean;
  /** Interface endpoints of our own, times their zones: two services in two zones are 4. */
  readonly interfaceEndpointZones: number;
};

/** The default deployment: one database, a new endpoint service, functions outside the VPC. */
export const typicalInputs: CostInputs = {
  scheduleMinutes: 1,
  memoryMegabytes: memoryMb.drift,
  runMilliseconds: 300,
  logBytesPerRun: 1500,
  alarms: 'all',
  hasDashboard: true,
  hasLoadBalancer: true,
  interfaceEndpointZones: 0,
};

/** An alarm costs per metric that it looks at: the errors of both functions are two. */
export const metricsInAlarm: Readonly<Record<AlarmId, number>> = {
  driftFound: 1,
  driftPersisting: 1,
  held: 1,
  noSuccess: 1,
  functionErrors: 2,
  deadLetters: 1,
  noHealthyTarget: 1,
  twoHealthyTargets: 1,
};

/** `1 dashboard`, `20 metrics`. @param units in the plural */
export const amount = (quantity: number, units: string): string =>
  `${quantity} ${quantity === 1 ? units.replace(/s$/, '') : units}`;

/**
 * What one database costs a month. Not here, because it depends on traffic or is a rounding error: load balancer capacity units, data
 * through endpoints, the queue, the rules, log storage, watches after failovers. The consumer pays for its own endpoint.
 */
export function monthlyCost(inputs: CostInputs): CostItem[] {
  const runs = (hoursPerMonth * 60) / inputs.scheduleMinutes;
  const gbSeconds = (runs * inputs.runMilliseconds * inputs.memoryMegabytes) / 1000 / 1024;
  return [
    line('Custom metrics', Object.keys(metricNames).length, 'metrics', 'customMetric'),
    line('Alarms', alarmMetrics(inputs.alarms), 'metrics in alarms', 'alarmMetric'),
    line('Dashboard', inputs.hasDashboard ? 1 : 0, 'dashboards', 'dashboard'),
    line('Drift function, requests', runs / 1e6, 'million requests', 'lambdaMillionRequests'),
    line('Drift function, duration', gbSeconds, 'GB-seconds', 'lambdaGbSecond'),
    line('Logs', (runs * inputs.logBytesPerRun) / 1e9, 'GB', 'logIngestionGb'),
    line('Network Load Balancer', inputs.hasLoadBalancer ? hoursPerMonth : 0, 'hours', 'networkLoadBalancerHour'),
    line(
      'Interface endpoints',
      inputs.interfaceEndpointZones * hoursPerMonth,
      'endpoint-zone-hours',
      'interfaceEndpointZoneHour',
    ),
  ].filter(({ quantity }) => quantity > 0);
}

/** A watch of the failover function as long as it may be by default; `dollars` for each. */
export function watchCost() {
  const seconds = 120;
  const gbSeconds = (seconds * memoryMb.failover) / 1024;
  return { seconds, gbSeconds, dollars: gbSeconds * prices.lambdaGbSecond };
}

/** Dashboards of so many databases in one account: one for each, or one for all of them. */
export const dashboardWays: readonly {
  readonly name: string;
  readonly arithmetic: string;
  readonly dollarsPerMonth: (databases: number) => number;
}[] = [
  {
    name: 'a dashboard for each (default)',
    arithmetic: `n × $${prices.dashboard}`,
    dollarsPerMonth: (databases) => databases * prices.dashboard,
  },
  {
    name: 'one for all (`-c fleet=true`), and `"dashboard": false` for each',
    arithmetic: `1 × $${prices.dashboard}`,
    dollarsPerMonth: () => prices.dashboard,
  },
  {
    name: 'both',
    arithmetic: `(n + 1) × $${prices.dashboard}`,
    dollarsPerMonth: (databases) => (databases + 1) * prices.dashboard,
  },
];

export const totalOf = (items: readonly CostItem[]): number =>
  items.reduce((sum, { dollarsPerMonth }) => sum + dollarsPerMonth, 0);

function alarmMetrics(alarms: CostInputs['alarms']): number {
  if (alarms === 'none') return 0;
  return alarmIds
    .filter((id) => id !== 'twoHealthyTargets' || alarms === 'with-standby')
    .filter((id) => id !== 'noHealthyTarget' || alarms !== 'without-health')
    .reduce((sum, id) => sum + metricsInAlarm[id], 0);
}

function line(item: string, quantity: number, unit: string, price: Price): CostItem {
  const unitPrice = prices[price];
  return { item, quantity, unit, unitPrice, dollarsPerMonth: quantity * unitPrice };
}
