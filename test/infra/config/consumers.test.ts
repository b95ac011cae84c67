import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { consumersFrom, consumersJsonSchema } from '../../../infra/config/consumers.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const resourceConfigurationArn =
  'arn:aws:vpc-lattice:eu-west-1:111122223333:resourceconfiguration/rcfg-0123456789abcdef0';

describe('the file of the consumers', () => {
  const text = readFileSync(join(root, 'examples/consumers/endpoint-service.json'), 'utf8');
  const [entry] = JSON.parse(text).consumers;
  const read = (...changes: object[]) =>
    consumersFrom(JSON.stringify({ consumers: changes.map((change) => ({ ...entry, ...change })) }), 'consumers.json');

  test.each<[object, RegExp]>([
    [
      { serviceName: undefined },
      /\$\.consumers\[0\]\.serviceName is missing; allowed: serviceName, or resourceConfigurationArn/,
    ],
    [{ resourceConfigurationArn }, /resourceConfigurationArn is .*; allowed: nothing beside serviceName/],
    [{ clientSecurityGroupIds: undefined }, /clientSecurityGroupIds is missing; .*without them no client is admitted/],
    [
      { serviceName: undefined, resourceConfigurationArn, dns: 'provider' },
      /dns is "provider"; allowed: nothing for an RDS database: .*or \{hostName\} with the host name that the provider shared/,
    ],
    [
      { serviceName: undefined, resourceConfigurationArn, dns: { hostName: 'db.example.com', zonalNames: true } },
      /dns\.zonalNames is true; allowed: nothing: a resource endpoint has no names of its zones/,
    ],
    [
      { serviceName: undefined, resourceConfigurationArn, dns: undefined },
      /allowed: one of eu-central-1: VPC Lattice shares within a Region/,
    ],
    [{ region: 'us-east-1' }, /zone is "eu-central-1a"; allowed: a zone of us-east-1/],
    [{ dns: 'public' }, /dns is "public"; allowed: "none", "provider" or \{hostName, otherHostNames, zonalNames\}/],
    [
      { otherPorts: [5433, 5432, 5433] },
      /has 2 problems[\s\S]*otherPorts\[1\] is 5432; [\s\S]*otherPorts\[2\] is 5433; allowed: each port once/,
    ],
    [
      {
        serviceName: undefined,
        resourceConfigurationArn: resourceConfigurationArn.replace('west', 'central'),
        otherPorts: [5433],
        dns: { hostName: 'a.example.com', otherHostNames: ['b.example.com'] },
      },
      /has 2 problems[\s\S]*otherHostNames is .*one database[\s\S]*otherPorts is \[5433\]; allowed: nothing: a resource/,
    ],
    [
      { dns: { hostName: 'a.example.com', otherHostNames: ['A.example.com'] } },
      /dns\.otherHostNames\[0\] is "A\.example\.com"; allowed: each name once/,
    ],
    [
      { dns: { hostname: 'db.example.com', zonalNames: 1 } },
      /has 2 problems[\s\S]*dns\.hostname is "db.*did you mean "hostName"\?[\s\S]*zonalNames is 1; allowed: true or false/,
    ],
    [{ prot: 5432 }, /prot is 5432; allowed: only these keys/],
    [
      { dns: 'db.example.com' },
      /dns is "db\.example\.com"; allowed: .*; did you mean \{"hostName": "db\.example\.com"\}\?/,
    ],
    [{ dns: { hostName: 'db.example.com.' } }, /hostName is "db\.example\.com\."; .*did you mean "db\.example\.com"\?/],
    [
      { serviceName: 'cn.com.amazonaws.vpce.cn-north-1.vpce-svc-0123456789abcdef0' },
      /serviceName is "cn\.com.*; allowed: a service of a Region of aws, the partition of eu-central-1/,
    ],
    [
      {
        vpc: {
          ...entry.vpc,
          subnets: [...entry.vpc.subnets, { id: 'subnet-0d7beb383c23ca670', zone: 'eu-central-1a' }],
        },
      },
      /has 1 problem:[\s\S]*subnets\[2\]\.zone is "eu-central-1a"; allowed: one subnet per Availability Zone/,
    ],
    [
      { vpc: { ...entry.vpc, subnets: [entry.vpc.subnets[0]] } },
      /has 1 problem:[\s\S]*subnets is .*; allowed: subnets in at least two Availability Zones/,
    ],
    [{ dns: { hostName: 'db_orders.example.com' } }, /hostName is "db_orders\.example\.com"; allowed: a full DNS name/],
    [
      { vpc: { ...entry.vpc, subnets: [entry.vpc.subnets[0], { ...entry.vpc.subnets[0], zone: 'eu-central-1b' }] } },
      /has 1 problem:[\s\S]*subnets\[1\]\.id is "subnet-.*; allowed: another subnet/,
    ],
    [
      { addressType: 'ipv4', clientCidrs: ['10.0.0.0/8', 'fd00:1::/56'] },
      /clientCidrs\[1\] is "fd00:1::\/56"; allowed: an IPv4 range; IPv6 needs "addressType": "dual-stack"/,
    ],
    [
      {
        addressType: 'dual-stack',
        clientCidrs: ['10.0.0.0/8', '0.0.0.0/0', '::/0', 'fd00:1::/56', '2001:db8::/32', '2600:1f13:a0d:a700::/56'],
      },
      /has 3 problems[\s\S]*clientCidrs\[1\] is "0\.0\.0\.0\/0"; allowed: a private[\s\S]*clientCidrs\[2\][\s\S]*clientCidrs\[4\]/,
    ],
  ])('with %j is refused, with path, value and what is allowed', (change, message) => {
    expect(() => read(change)).toThrow(message);
  });

  test('names each consumer once', () => {
    for (const name of ['orders', 'ORDERS'])
      expect(() => read({}, { name })).toThrow(
        `$.consumers[1].name is "${name}"; allowed: a name that [0] has not taken`,
      );
  });

  describe('gives a name to one endpoint of a VPC, as private DNS exists once per VPC and name:', () => {
    const { serviceName: _, dns: __, ...shared } = entry;
    const here = (number: number, change: object) => ({ name: `orders-${number}`, ...change });
    const file =
      (...entries: object[]) =>
      () =>
        consumersFrom(JSON.stringify({ consumers: entries }), 'consumers.json');
    const elsewhere = { vpc: { ...entry.vpc, id: 'vpc-0fedcba9876543210' } };
    const provider = { dns: 'provider' };
    const resource = { resourceConfigurationArn: resourceConfigurationArn.replace('eu-west-1', 'eu-central-1') };

    test.each<[string, object, object, RegExp]>([
      [
        'a host name',
        entry,
        entry,
        /\[1\]\.dns\.hostName is "orders\..*"; allowed: a name that \[0\] has not taken in this VPC/,
      ],
      [
        "a provider's name",
        { ...entry, ...provider },
        { ...entry, ...provider },
        /\[1\]\.dns is "provider"; .*use one endpoint/,
      ],
      [
        'a shared name',
        { ...shared, ...resource },
        { ...shared, ...resource },
        /\[1\]\.resourceConfigurationArn is .*use one endpoint/,
      ],
    ])('%s', (___, one, two, message) => {
      expect(file({ ...one, ...here(1, {}) }, { ...two, ...here(2, {}) })).toThrow(message);
      expect(file({ ...one, ...here(1, {}) }, { ...two, ...here(2, elsewhere) })).not.toThrow();
    });

    test('two endpoints to one database, one of them without a name, are no conflict', () => {
      expect(file({ ...entry, ...here(1, {}) }, { ...entry, ...here(2, { dns: 'none' }) })).not.toThrow();
    });
  });

  test.each(['null', '[]', '{}', '7'])('%s is no list of consumers', (content) => {
    expect(() => consumersFrom(content, 'consumers.json')).toThrow(/consumers\.json has/);
  });

  test('has the schema that editors are given (npm run schema)', () => {
    const stored = JSON.parse(readFileSync(join(root, 'consumers.schema.json'), 'utf8'));
    expect(stored).toEqual(JSON.parse(JSON.stringify(consumersJsonSchema())));
  });
});
