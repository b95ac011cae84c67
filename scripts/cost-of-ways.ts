import { limits } from '../infra/config/limits.ts';
import { hoursPerMonth, monthlyCost, prices, totalOf, typicalInputs } from './cost.ts';

/** An access method, and what so many databases cost with it a month, without traffic. */
export type Way = {
  readonly name: string;
  readonly arithmetic: string;
  readonly dollarsPerMonth: (databases: number) => number;
};

const { listenersPerLoadBalancer } = limits;

/** What two zones of a consumer's endpoint cost, for each database; every access method has it. */
export const consumerEndpoint = 2 * hoursPerMonth * prices.interfaceEndpointZoneHour;

const loadBalancer = hoursPerMonth * prices.networkLoadBalancerHour;
const withService = totalOf(monthlyCost(typicalInputs));
const withGroup = totalOf(monthlyCost({ ...typicalInputs, hasLoadBalancer: false }));
const frugal = totalOf(monthlyCost({ ...typicalInputs, hasLoadBalancer: false, hasDashboard: false }));
const resource = hoursPerMonth * prices.sharedResourceHour;

/** Four digits, so that a hundred times the figure is right to the cent. */
const dollars = (amount: number) => `$${amount.toFixed(4)}`;
const loadBalancersFor = (databases: number) => Math.ceil(databases / listenersPerLoadBalancer);

/** The provider's bill for each access method; for a service network its owner's. */
export const ways: readonly Way[] = [
  {
    name: 'Endpoint service each',
    arithmetic: `n × ${dollars(withService)}`,
    dollarsPerMonth: (n) => n * withService,
  },
  {
    name: 'One endpoint service for up to 50, a listener and a group each',
    arithmetic: `n × ${dollars(withGroup)} + ⌈n ÷ ${listenersPerLoadBalancer}⌉ × ${dollars(loadBalancer)}`,
    dollarsPerMonth: (n) => n * withGroup + loadBalancersFor(n) * loadBalancer,
  },
  {
    name: 'The same without dashboards',
    arithmetic: `n × ${dollars(frugal)} + ⌈n ÷ ${listenersPerLoadBalancer}⌉ × ${dollars(loadBalancer)}`,
    dollarsPerMonth: (n) => n * frugal + loadBalancersFor(n) * loadBalancer,
  },
  {
    name: 'Resource gateway, consumers with resource endpoints',
    arithmetic: `$${prices.dataGb} a GB`,
    dollarsPerMonth: () => 0,
  },
  {
    name: 'Resource gateway, its databases in a service network',
    arithmetic: `n × ${hoursPerMonth} h × $${prices.sharedResourceHour.toFixed(2)}`,
    dollarsPerMonth: (n) => n * resource,
  },
];

/** What is saved is the load balancer, and the endpoint of each consumer. */
export const balancerWays: readonly Way[] = [
  {
    name: 'provider, a load balancer each',
    arithmetic: `n × ${dollars(loadBalancer)}`,
    dollarsPerMonth: (n) => n * loadBalancer,
  },
  {
    name: 'provider, `"shared"`',
    arithmetic: `⌈n ÷ ${listenersPerLoadBalancer}⌉ × ${dollars(loadBalancer)}`,
    dollarsPerMonth: (n) => loadBalancersFor(n) * loadBalancer,
  },
  {
    name: 'a consumer of all, an endpoint each',
    arithmetic: `n × ${dollars(consumerEndpoint)}`,
    dollarsPerMonth: (n) => n * consumerEndpoint,
  },
  {
    name: 'a consumer of all, an endpoint for each load balancer',
    arithmetic: `⌈n ÷ ${listenersPerLoadBalancer}⌉ × ${dollars(consumerEndpoint)}`,
    dollarsPerMonth: (n) => loadBalancersFor(n) * consumerEndpoint,
  },
];
