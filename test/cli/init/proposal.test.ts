import { describe, expect, test } from 'vitest';
import type { Found, Networks } from '../../../cli/init/account.ts';
import { isRefused, proposalOf } from '../../../cli/init/proposal.ts';
import type { Topology } from '../../../lib/domain.ts';

/* What the wire of the sandbox does not show: engines with editions, and databases that cannot be followed. */

const subnets = ['a', 'b'].map((zone) => ({ id: `subnet-0${zone}`, zone: `eu-central-1${zone}` }));
const topology: Topology = {
  endpoint: { host: 'orders.c1example.eu-central-1.rds.amazonaws.com', port: 1521 },
  instances: [{ id: 'orders', role: 'writer', status: 'available' }],
  securityGroups: ['sg-1'],
  home: { vpcId: 'vpc-1', subnets },
};
const networks: Networks = { ranges: new Map(), subnets: new Map(), groups: new Map() };
const found = (more: Partial<Topology>, kind: Found['kind'] = 'instance'): Found => ({
  ...{
    kind,
    id: 'orders',
    arn: 'arn:aws:rds:eu-central-1:123456789012:db:orders',
    status: 'available',
    isPublic: false,
  },
  topology: { ...topology, ...more },
});
const proposed = (one: Found, taken: readonly string[] = [], instanceIds: readonly string[] = []) =>
  proposalOf(one, networks, { taken, instanceIds });

describe('the engine of an entry', () => {
  test.each([
    ['oracle-ee', 'oracle'],
    ['oracle-se2-cdb', 'oracle'],
    ['custom-sqlserver-se', 'sqlserver'],
    ['db2-ae', 'db2'],
    ['aurora', 'aurora-mysql'],
    ['aurora-postgresql', 'aurora-postgresql'],
    ['mysql', 'mysql'],
    ['docdb', undefined],
  ])('is written without its edition: %s', (engine, written) => {
    expect(proposed(found({ nature: { engine } }))).toMatchObject({ entry: { database: { port: 1521 } } });
    const one = proposed(found({ nature: { engine } }));
    expect(isRefused(one) ? one.why : one.entry.database.engine).toBe(written);
  });
});

describe('left out is', () => {
  test.each<[string, Found, RegExp]>([
    [
      'an Aurora without instances',
      found({ nature: { design: 'serverless-v1' } }, 'cluster'),
      /no DB instances to follow/,
    ],
    [
      'a secondary cluster of a global database',
      found(
        { nature: { globalDatabase: 'world' }, instances: [{ id: 'x', role: 'reader', status: 'available' }] },
        'cluster',
      ),
      /secondary cluster of global database world/,
    ],
    ['a cluster without members', found({ instances: [] }, 'cluster'), /it has no DB instance \(status available\)/],
    ['what has no port yet', found({ endpoint: { host: 'x' } }), /it has no endpoint yet/],
  ])('%s', (_, one, why) => {
    expect(proposed(one)).toMatchObject({ why: expect.stringMatching(why) });
  });
});

test('what EC2 and RDS do not tell is left open', () => {
  const { open } = proposed(found({ securityGroups: [] })) as Exclude<ReturnType<typeof proposalOf>, { why: string }>;
  expect(open.map(({ path }) => path)).toEqual(['vpc.cidr', 'endpointService.databaseSecurityGroupId']);
});

describe('the prefix of the members', () => {
  test.each<[string, readonly string[], readonly string[], string | RegExp]>([
    ["the cluster's own identifier", ['orders-instance-1'], ['billing-1'], 'orders-'],
    ['RDS may write it in upper case', ['Orders-1', 'ORDERS-2'], ['billing-1'], 'orders-'],
    ['what they share up to a hyphen', ['app-db-10', 'app-db-11'], ['app-cache-1'], 'app-db-'],
    [
      'what the others share, where Aurora Auto Scaling added one',
      ['app-1', 'app-2', 'application-autoscaling-0a1b'],
      [],
      'app-',
    ],
    [
      'not where that one is the writer',
      ['application-autoscaling-0a1b', 'orders-1'],
      [],
      /its members \(application-autoscaling-0a1b, orders-1\) share no beginning up to a hyphen/,
    ],
    ['not what one member alone begins with', ['app-db-1'], [], /its only member is app-db-1, not orders-…/],
    [
      'not what another instance begins with',
      ['orders-1', 'orders-2'],
      ['orders-old-1'],
      /orders-old-1, which is no member, begins with "orders-", too/,
    ],
    ['not what they do not share', ['orders-1', 'sales-1'], [], /\(orders-1, sales-1\) share no beginning/],
    ['not a part of a word', ['db1', 'db2'], [], /\(db1, db2\) share no beginning/],
  ])('is %s', (_, members, others, expected) => {
    const instances = members.map((id, index) => ({
      id,
      role: index === 0 ? 'writer' : 'reader',
      status: 'available',
    }));
    const one = found({ instances } as Partial<Topology>, 'cluster');
    const proposal = proposed(one, [], [...members, ...others]);
    if (isRefused(proposal)) throw new Error(proposal.why);
    const why = proposal.open.find(({ path }) => path === 'database.memberPrefix')?.what;
    if (typeof expected === 'string') {
      expect([proposal.entry.database.memberPrefix, why]).toEqual([expected, undefined]);
      return;
    }
    expect(proposal.entry.database).not.toHaveProperty('memberPrefix');
    expect(why).toMatch(expected);
    expect(why).toMatch(/so events about every DB instance of the account wake the function/);
  });

  test('is none for an instance', () => {
    const proposal = proposed(found({}), [], ['orders']);
    expect(proposal).not.toHaveProperty('entry.database.memberPrefix');
    expect(JSON.stringify(proposal)).not.toContain('memberPrefix');
  });
});

test('a name that is cut is not taken', () => {
  const long = { ...found({}), id: 'a23456789-123456789-123456789-1-3' };
  expect(proposed(long)).toMatchObject({ entry: { name: 'a23456789-123456789-123456789-1' } });
  expect(proposed(long, ['a23456789-123456789-123456789-1'])).toMatchObject({
    entry: { name: 'a23456789-123456789-123456789-2' },
  });
});
