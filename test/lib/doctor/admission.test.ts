import { describe, expect, test } from 'vitest';
import { admission, departure } from '../../../lib/doctor/admission.ts';
import type { Rule } from '../../../lib/doctor/surroundings.ts';

const rule = (given: Partial<Rule>): Rule => ({
  protocol: 'tcp',
  fromPort: 5432,
  toPort: 5432,
  cidrs: [],
  groupIds: [],
  prefixListIds: [],
  ...given,
});
const groups = (side: 'ingress' | 'egress', ...rules: Rule[]) =>
  new Map([
    ['sg-database', { id: 'sg-database', ingress: [], egress: [], ...(side === 'ingress' ? { ingress: rules } : {}) }],
    ['sg-balancer', { id: 'sg-balancer', ingress: [], egress: [], ...(side === 'egress' ? { egress: rules } : {}) }],
  ]);
const subnets = new Map([
  ['subnet-a', { id: 'subnet-a', zone: 'a', cidrs: ['10.0.1.0/24'] }],
  ['subnet-b', { id: 'subnet-b', zone: 'b', cidrs: ['10.0.2.0/24'] }],
]);
const balancer = { name: 'the balancer', securityGroupIds: ['sg-balancer'], subnetIds: ['subnet-a', 'subnet-b'] };

describe('the database admits a load balancer', () => {
  test.each([
    ['by its security group', 'ok', rule({ groupIds: ['sg-balancer'] })],
    ['by a range of ports', 'ok', rule({ fromPort: 5000, toPort: 6000, groupIds: ['sg-balancer'] })],
    [
      'by a rule for all traffic',
      'ok',
      rule({ protocol: '-1', fromPort: undefined, toPort: undefined, groupIds: ['sg-balancer'] }),
    ],
    ['by the range of the VPC', 'ok', rule({ cidrs: ['10.0.0.0/16'] })],
    ['by the ranges of its subnets', 'ok', rule({ cidrs: ['10.0.1.0/24', '10.0.2.0/24'] })],
    ['perhaps, by some addresses of its subnets', 'not-checked', rule({ cidrs: ['10.0.1.7/32', '10.0.2.7/32'] })],
    ['perhaps, by a prefix list', 'not-checked', rule({ prefixListIds: ['pl-1'] })],
    ['not by one of its subnets alone', 'failed', rule({ cidrs: ['10.0.1.0/24'] })],
    ['not by another port', 'failed', rule({ fromPort: 3306, toPort: 3306, groupIds: ['sg-balancer'] })],
    ['not by UDP', 'failed', rule({ protocol: 'udp', groupIds: ['sg-balancer'] })],
    ['not by another security group', 'failed', rule({ groupIds: ['sg-other'] })],
  ] as const)('%s', (_, result, given) => {
    expect(admission(['sg-database'], balancer, 5432, groups('ingress', given), subnets).result).toBe(result);
  });

  test('or not: a security group that could not be described says nothing', () => {
    expect(admission(['sg-gone'], balancer, 5432, groups('ingress'), subnets)).toEqual({
      result: 'not-checked',
      detail: 'sg-gone could not be described',
    });
  });
});

describe('a load balancer sends to the database', () => {
  const target = { ip: '10.0.9.10', port: 5432 };
  test.each([
    ['by the security group of the database', 'ok', rule({ groupIds: ['sg-database'] })],
    ['by a range with its address', 'ok', rule({ cidrs: ['10.0.0.0/8'] })],
    ['perhaps, by a prefix list', 'not-checked', rule({ prefixListIds: ['pl-1'] })],
    ['not by a range without its address', 'failed', rule({ cidrs: ['10.1.0.0/16'] })],
    ['not by a range of IPv6', 'failed', rule({ cidrs: ['::/0'] })],
  ] as const)('%s', (_, result, given) => {
    expect(departure(balancer, target, ['sg-database'], groups('egress', given)).result).toBe(result);
  });

  test('when it has no security group', () => {
    expect(departure({ ...balancer, securityGroupIds: [] }, target, ['sg-database'], new Map()).result).toBe('ok');
  });
});
