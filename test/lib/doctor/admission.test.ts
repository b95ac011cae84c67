import { describe, expect, test } from 'vitest';
import { admission, departure, ofFamily } from '../../../lib/doctor/admission.ts';
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

const many = { ...balancer, securityGroupIds: ['sg-balancer', 'sg-more'] };

describe('the database admits a load balancer', () => {
  const byGroup = 'ok: the balancer is admitted by its security group';
  const byRange = 'ok: the balancer is admitted by the range of its subnets';
  const no = 'failed: no rule of sg-database, sg-more admits the balancer on port 5432';
  const perhaps = (parts: string) =>
    `not-checked: ${parts} may admit the balancer; compare with its addresses (10.0.1.0/24, 10.0.2.0/24)`;
  const judged = (given: Rule, side = balancer) => {
    const known = new Map([...groups('ingress', given), ['sg-more', { id: 'sg-more', ingress: [], egress: [] }]]);
    const { result, detail } = admission(['sg-database', 'sg-more'], side, 5432, known, subnets);
    return `${result}: ${detail}`;
  };

  test.each([
    ['by its security group', byGroup, rule({ groupIds: ['sg-balancer'] })],
    ['by a range of ports', byGroup, rule({ fromPort: 5000, toPort: 6000, groupIds: ['sg-balancer'] })],
    [
      'by a rule for all traffic',
      byGroup,
      rule({ protocol: '-1', fromPort: undefined, toPort: undefined, groupIds: ['sg-balancer'] }),
    ],
    ['by the number of TCP', byGroup, rule({ protocol: '6', groupIds: ['sg-balancer'] })],
    ['by the range of the VPC', byRange, rule({ cidrs: ['10.0.0.0/16'] })],
    ['by the ranges of its subnets', byRange, rule({ cidrs: ['10.0.1.0/24', '10.0.2.0/24'] })],
    [
      'perhaps, by some addresses of its subnets',
      perhaps('10.0.1.7/32, 10.0.2.7/32'),
      rule({ cidrs: ['10.0.1.7/32', '10.0.2.7/32'] }),
    ],
    ['perhaps, by a prefix list', perhaps('pl-1'), rule({ prefixListIds: ['pl-1'] })],
    ['not by one of its subnets alone', no, rule({ cidrs: ['10.0.1.0/24'] })],
    ['not by a lower port', no, rule({ fromPort: 3306, toPort: 3306, groupIds: ['sg-balancer'] })],
    ['not by higher ports', no, rule({ fromPort: 6000, toPort: 7000, groupIds: ['sg-balancer'] })],
    ['not by UDP', no, rule({ protocol: 'udp', groupIds: ['sg-balancer'] })],
    ['not by another security group', no, rule({ groupIds: ['sg-other'] })],
  ] as const)('%s', (_, expected, given) => {
    expect(judged(given)).toBe(expected);
  });

  test('not by ranges, when it is in no subnet that is known', () => {
    expect(judged(rule({ cidrs: ['10.0.0.0/8'] }), { ...balancer, subnetIds: [] })).toBe(no);
  });

  test('or not: what could not be described says nothing', () => {
    const judge = (ids: readonly string[], side = balancer) =>
      admission(ids, side, 5432, groups('ingress', rule({ groupIds: ['sg-balancer'] })), subnets);
    expect(judge(['sg-gone', 'sg-database', 'sg-lost'])).toEqual({
      result: 'not-checked',
      detail: 'sg-gone, sg-lost could not be described',
    });
    expect(judge(['sg-database'], { ...balancer, subnetIds: ['subnet-gone'] })).toEqual({
      result: 'not-checked',
      detail: 'subnet-gone could not be described',
    });
  });
});

describe('a load balancer sends to the database', () => {
  const target = { ip: '10.0.9.10', port: 5432 };
  const may = 'ok: the balancer may send to 10.0.9.10:5432';
  const no = 'failed: no rule of sg-balancer, sg-more lets the balancer out to 10.0.9.10:5432';
  const judged = (...given: Rule[]) => {
    const known = new Map([...groups('egress', ...given), ['sg-more', { id: 'sg-more', ingress: [], egress: [] }]]);
    const { result, detail } = departure(many, target, ['sg-database'], known);
    return `${result}: ${detail}`;
  };

  test.each([
    ['by the security group of the database', may, rule({ groupIds: ['sg-database'] })],
    ['by a range with its address', may, rule({ cidrs: ['10.0.0.0/8'] })],
    [
      'perhaps, by prefix lists',
      'not-checked: pl-1, pl-2 may let the balancer out to 10.0.9.10',
      rule({ prefixListIds: ['pl-1', 'pl-2'] }),
    ],
    ['not by a range without its address', no, rule({ cidrs: ['10.1.0.0/16'] })],
    ['not by a range of IPv6', no, rule({ cidrs: ['::/0'] })],
    ['not by another port', no, rule({ fromPort: 1, toPort: 2, cidrs: ['10.0.0.0/8'], prefixListIds: ['pl-1'] })],
  ] as const)('%s', (_, expected, given) => {
    expect(judged(given)).toBe(expected);
  });

  test('when it has no security group', () => {
    expect(departure({ ...balancer, securityGroupIds: [] }, target, ['sg-database'], new Map())).toEqual({
      result: 'ok',
      detail: 'the balancer has no security group',
    });
  });

  test('or not: a security group that could not be described says nothing', () => {
    expect(departure(many, target, ['sg-database'], groups('egress', rule({ cidrs: ['10.0.0.0/8'] })))).toEqual({
      result: 'not-checked',
      detail: 'sg-more could not be described',
    });
  });
});

const four = { a: '10.0.1.0/24', b: '10.0.2.0/24' };

const six = { a: '2001:db8:0:1::/64', b: '2001:db8:0:2::/64' };

const subnetsWith = (...ranges: (typeof four)[]) =>
  new Map(
    (['a', 'b'] as const).map((zone) => [
      `subnet-${zone}`,
      { id: `subnet-${zone}`, zone, cidrs: ranges.map((range) => range[zone]) },
    ]),
  );

describe('a database with an address of one family admits a load balancer in dual-stack subnets', () => {
  test.each([
    ['2001:db8:0:9::a', '2001:db8::/56', 'ok'],
    ['2001:db8:0:9::a', '2001:db8:0:1::7/128', 'not-checked'],
    ['2001:db8:0:9::a', '10.0.0.0/16', 'failed'],
    ['10.0.9.10', '10.0.0.0/16', 'ok'],
    ['10.0.9.10', '2001:db8::/56', 'failed'],
  ])('%s by a rule for %s: %s', (ip, cidr, result) => {
    const ingress = [{ protocol: 'tcp', fromPort: 5432, toPort: 5432, cidrs: [cidr], groupIds: [], prefixListIds: [] }];
    const groups = new Map([['sg-database', { id: 'sg-database', ingress, egress: [] }]]);
    const verdict = (subnets: ReturnType<typeof subnetsWith>) =>
      admission(['sg-database'], balancer, 5432, groups, ofFamily(subnets, ip)).result;
    expect(verdict(subnetsWith(four, six))).toBe(result);
    // No address of the family, no way in.
    expect(verdict(subnetsWith(ip.includes(':') ? four : six))).not.toBe('ok');
  });
});
