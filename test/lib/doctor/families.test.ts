import { describe, expect, test } from 'vitest';
import { admission, ofFamily } from '../../../lib/doctor/admission.ts';

const balancer = { name: 'the balancer', securityGroupIds: ['sg-balancer'], subnetIds: ['subnet-a', 'subnet-b'] };
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
