import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Endpoint, Evidence, Probe } from '../../../cli/connect-check/evidence.ts';
import { addressKind, nameKind, protocolOf } from '../../../cli/connect-check/names.ts';
import { verdictLines } from '../../../cli/connect-check/text.ts';
import { verdictOf } from '../../../cli/connect-check/verdict.ts';
import type { Io } from '../../../cli/terminal/io.ts';
import { coloursOf } from '../../../cli/terminal/styles.ts';
import { speakers } from '../../../lib/protocols.ts';
import { mysqlError, mysqlGreeting, postgresError } from './rig.ts';

const [zoneA, zoneB] = ['10.1.0.12', '10.1.1.7'];
const fine = (address: string): Probe => ({ address, result: 'ok', said: 'PostgreSQL, with TLS' });
const evidence = (over: Partial<Evidence> = {}): Evidence => ({
  host: 'orders.db.example.com',
  port: 5432,
  protocol: 'postgres',
  timeoutSeconds: 5,
  resolution: { kind: 'addresses', addresses: [zoneA, zoneB] },
  probes: [fine(zoneA), fine(zoneB)],
  ...over,
});
const endpoint: Endpoint = {
  id: 'vpce-0123456789abcdef0',
  state: 'available',
  kind: 'service',
  leadsTo: 'com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0',
  privateDnsEnabled: true,
  securityGroups: ['sg-0123456789abcdef0'],
  dnsNames: ['vpce-0123456789abcdef0-abcdefgh.vpce-svc-0123456789abcdef0.eu-central-1.vpce.amazonaws.com'],
  addresses: [zoneA, zoneB],
};
const absent: Evidence['resolution'] = { kind: 'not-found' };

describe('the verdict', () => {
  test('is ok where every address answers, with a note where the name tells nothing', () => {
    expect(verdictOf(evidence())).toMatchObject({ outcome: 'ok', warning: expect.stringContaining('--endpoint-id') });
    expect(verdictOf(evidence({ endpoint }))).toEqual({
      outcome: 'ok',
      detail: 'orders.db.example.com port 5432: PostgreSQL, with TLS',
    });
  });

  test('is a fault where one zone of two does not answer', () => {
    expect(verdictOf(evidence({ probes: [fine(zoneA), { address: zoneB, result: 'timeout' }] }))).toMatchObject({
      cause: 'one-zone',
      detail: expect.stringContaining('10.1.1.7'),
      next: expect.stringMatching(/cross-zone/),
    });
  });

  test('lets a machine be without a way to the other address family', () => {
    const probes: Probe[] = [fine(zoneA), { address: '2600:1f13::7', result: 'unreachable', code: 'ENETUNREACH' }];
    expect(verdictOf(evidence({ probes })).outcome).toBe('ok');
    expect(verdictOf(evidence({ probes: probes.slice(1) }))).toMatchObject({ cause: 'no-route' });
  });

  test.each([
    ['pendingacceptance', 'pending-acceptance', /connections accept vpce-0123456789abcdef0/],
    ['pending', 'endpoint-not-available', /wait/],
    ['rejected', 'endpoint-not-available', /provider/],
    ['failed', 'endpoint-not-available', /create the endpoint again/],
  ])('of an endpoint that is %s says so, whatever the rest shows', (state, cause, next) => {
    for (const resolution of [absent, evidence().resolution])
      expect(verdictOf(evidence({ endpoint: { ...endpoint, state }, resolution, probes: [] }))).toMatchObject({
        cause,
        next: expect.stringMatching(next),
      });
  });

  test('tells a name that leads elsewhere by the addresses of the endpoint', () => {
    const other = { ...endpoint, addresses: ['10.1.0.99'] };
    expect(verdictOf(evidence({ endpoint: other }))).toMatchObject({
      cause: 'not-the-endpoint',
      detail: expect.stringMatching(/10\.1\.0\.12, 10\.1\.1\.7.*are at 10\.1\.0\.99/),
      next: expect.stringContaining(endpoint.dnsNames[0] ?? ''),
    });
  });

  test('names private DNS where it is off', () => {
    expect(
      verdictOf(evidence({ resolution: absent, probes: [], endpoint: { ...endpoint, privateDnsEnabled: false } })),
    ).toMatchObject({ cause: 'name-not-found', next: expect.stringContaining('private DNS is off') });
  });

  test('names the security groups of the endpoint where nothing comes back', () => {
    const probes: Probe[] = [
      { address: zoneA, result: 'timeout' },
      { address: zoneB, result: 'timeout' },
    ];
    expect(verdictOf(evidence({ endpoint, probes }))).toMatchObject({
      cause: 'not-let-in',
      next: expect.stringContaining('sg-0123456789abcdef0'),
    });
  });
});

describe('behind a resource endpoint, which has no acceptance and no load balancer,', () => {
  const resource: Endpoint = { ...endpoint, kind: 'resource', leadsTo: 'arn:…:resourceconfiguration/rcfg-1' };
  const own = 'vpce-0123456789abcdef0.rcfg-0123456789abcdef0.4232ccc.vpc-lattice-rsc.eu-central-1.on.aws';
  const results: readonly (readonly [Probe, string])[] = [
    [{ address: zoneA, result: 'timeout' }, 'not-let-in'],
    [{ address: zoneA, result: 'refused' }, 'no-healthy-target'],
    [{ address: zoneA, result: 'silent' }, 'database-silent'],
  ];

  test.each(results)('$result points at the gateway and the database', (probe, cause) => {
    for (const over of [{ endpoint: resource }, { host: own }]) {
      const verdict = verdictOf(evidence({ ...over, probes: [probe] }));
      expect(verdict).toMatchObject({ cause, next: expect.stringMatching(/security group of the resource gateway/) });
      expect(JSON.stringify(verdict)).not.toMatch(/load balancer|accept(ance|s it)|doctor/);
    }
  });

  test('one zone is no matter of cross-zone balancing', () => {
    const probes: Probe[] = [{ address: zoneA, result: 'timeout' }, fine(zoneB)];
    const verdict = verdictOf(evidence({ endpoint: resource, probes }));
    expect(verdict).toMatchObject({ cause: 'one-zone', next: expect.stringMatching(/network ACL.*resource gateway/) });
  });

  test('an endpoint that failed points at the share', () => {
    expect(verdictOf(evidence({ endpoint: { ...resource, state: 'failed' }, probes: [] }))).toMatchObject({
      cause: 'endpoint-not-available',
      next: expect.stringContaining('get-resource-shares'),
    });
  });
});

describe('the first bytes', () => {
  test.each<[string, 'postgres' | 'mysql', Buffer, object]>([
    ['S', 'postgres', Buffer.from('S'), { result: 'ok' }],
    ['an error', 'postgres', postgresError('no'), { result: 'turned-away', said: 'PostgreSQL: no' }],
    ['SSH', 'postgres', Buffer.from('SSH-2.0-OpenSSH\r\n'), { result: 'other-protocol' }],
    ['a page', 'postgres', Buffer.from('E tu, Brute? This is text'), { result: 'other-protocol' }],
    ['a greeting', 'mysql', mysqlGreeting('9.0'), { result: 'ok', said: 'MySQL 9.0' }],
    [
      'an error',
      'mysql',
      mysqlError(1040, '#08004Too many connections'),
      { said: 'MySQL error 1040: Too many connections' },
    ],
    [
      'an error 1129',
      'mysql',
      // Before the handshake no SQL state is sent.
      mysqlError(1129, "Host 'ip-10-0-1-7' is blocked because of many connection errors"),
      {
        result: 'host-blocked',
        said: "MySQL error 1129: Host 'ip-10-0-1-7' is blocked because of many connection errors",
      },
    ],
    ['SSH', 'mysql', Buffer.from('SSH-2.0-OpenSSH\r\n'), { result: 'other-protocol' }],
  ])('%s of %s mean the same however they are cut', (_, protocol, bytes, expected) => {
    const { hear } = speakers[protocol];
    expect(hear(bytes)).toMatchObject(expected);
    if ('said' in expected)
      for (let length = 1; length < bytes.length; length++) expect(hear(bytes.subarray(0, length))).toBeUndefined();
  });

  test('of anything at all are judged, never an error', () => {
    for (let seed = 1; seed < 3000; seed++) {
      const bytes = Buffer.from(
        Array.from({ length: 1 + (seed % 23) }, (_, i) => (seed * (i + 7) * 2654435761) >>> 24),
      );
      for (const protocol of ['postgres', 'mysql'] as const)
        expect([undefined, 'ok', 'other-protocol', 'turned-away']).toContain(speakers[protocol].hear(bytes)?.result);
    }
  });
});

test('names and addresses are told by their patterns', () => {
  const [zonal = ''] = endpoint.dnsNames.map((name) => name.replace('abcdefgh', 'abcdefgh-eu-central-1a'));
  expect([...endpoint.dnsNames, zonal, 'orders.c0ffee.eu-central-1.rds.amazonaws.com'].map(nameKind)).toEqual([
    'endpoint',
    'endpoint',
    'database',
  ]);
  expect(nameKind('vpce-0123.rcfg-0123.4232ccc.vpc-lattice-rsc.eu-central-1.on.aws')).toBe('endpoint');
  expect(nameKind('orders-0123.elb.eu-central-1.amazonaws.com')).toBe('load-balancer');
  expect([zoneA, '52.29.1.1', '127.0.0.1', '2600:1f13::1', 'fd00::1'].map((ip) => addressKind(ip ?? ''))).toEqual([
    'private',
    'public',
    'loopback',
    'global-ipv6',
    'private',
  ]);
  expect([5432, 5439, 3306, 6379].map(protocolOf)).toEqual(['postgres', 'postgres', 'mysql', 'tcp']);
});

test('docs/consumer.md ends with what the check prints when all is well', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/consumer.md'), 'utf8');
  const [, host = '', shown] =
    /\$ npx --no -- rds-target connect-check (\S+) 5432 --endpoint-id \S+\n([\s\S]*?)\n```\n$/.exec(guide) ?? [];
  const well = evidence({ host, endpoint });
  const io = { colour: coloursOf(false), width: 80 } as Io;
  expect(shown).toBe(verdictLines(io, well, verdictOf(well)).join('\n'));
});
