import { describe, expect, test } from 'vitest';
import type { Desired } from '../../../lib/domain.ts';
import { foreignAmong, standbyBeside } from '../../../lib/observations/standby.ts';
import type { InterfacesObservation } from '../../../lib/ports.ts';
import { a, b, c, port } from '../scene.ts';
import { hostOf, marked, ofStranger, silent, zones } from '../warm-rig.ts';

const both = marked(hostOf(a), hostOf(b));

describe('the standby beside the address of the endpoint', () => {
  test.each([
    ['as the RDS API names them', zones],
    ['exchanged, since the API is late after a failover', { primary: zones.secondary, secondary: zones.primary }],
  ])('is the other of two interfaces in the two zones, %s', (_, told) => {
    expect(standbyBeside(a.ip, both, { zones: told })).toEqual({ kind: 'proven', ip: b.ip });
    expect(standbyBeside(b.ip, both, { zones: told })).toEqual({ kind: 'proven', ip: a.ip });
    expect(standbyBeside(a.ip, marked(hostOf(b), hostOf(a)), { zones: told })).toEqual({ kind: 'proven', ip: b.ip });
  });

  test.each(['postgres', 'mysql', 'mariadb', undefined])('is proven for the engine %s', (engine) => {
    expect(standbyBeside(a.ip, both, { zones, nature: { engine } })).toEqual({ kind: 'proven', ip: b.ip });
  });

  test.each(['sqlserver-ee', 'custom-sqlserver-ee', 'oracle-ee', 'db2-se', 'aurora-mysql'])(
    'is none for %s, whose standby may accept connections',
    (engine) => {
      const why = expect.stringContaining(`the engine is ${engine}, and`);
      expect(standbyBeside(a.ip, both, { zones, nature: { engine } })).toEqual({ kind: 'unproven', why });
    },
  );

  test('has the type of the address of the endpoint, where an interface has one of each', () => {
    const [one, other] = [
      { ip: '2001:db8:0:1::a', port },
      { ip: '2001:db8:0:2::a', port },
    ];
    const dual = marked(hostOf(a), hostOf(b), [one.ip, hostOf(a)[1]], [other.ip, hostOf(b)[1]]);
    expect(standbyBeside(a.ip, dual, { zones })).toEqual({ kind: 'proven', ip: b.ip });
    expect(standbyBeside(other.ip, dual, { zones })).toEqual({ kind: 'proven', ip: one.ip });
  });

  test('is not another address of the interface that the endpoint leads to', () => {
    const two = marked(hostOf(a), hostOf(b), ['10.0.1.11', hostOf(a)[1]]);
    expect(standbyBeside(a.ip, two, { zones })).toEqual({ kind: 'proven', ip: b.ip });
  });

  test.each<[string, InterfacesObservation, Parameters<typeof standbyBeside>[2], RegExp]>([
    ['EC2 shows one interface', marked(hostOf(a)), { zones }, /EC2 shows 1 interfaces/],
    ['EC2 shows none', marked(), { zones }, /EC2 shows 0 interfaces/],
    ['EC2 shows three', marked(hostOf(a), hostOf(b), hostOf(c)), { zones }, /EC2 shows 3 interfaces/],
    [
      'an interface is no database',
      marked(hostOf(a), ofStranger(b)),
      { zones },
      /also on eni-10\.0\.2\.10 \(made by no/,
    ],
    ['a third one is', marked(hostOf(a), hostOf(b), ofStranger(c)), { zones }, /also on eni-10\.0\.3\.10/],
    ['an RDS Proxy', marked(hostOf(a), hostOf(b, { description: 'proxy' })), { zones }, /made by amazon-rds, "proxy"/],
    [
      'both are in one zone',
      marked(hostOf(a), hostOf(b, { zone: zones.primary })),
      { zones },
      /in eu-central-1a and eu-central-1a/,
    ],
    ['the zone of one is not told', marked(hostOf(a), hostOf(b, { zone: undefined })), { zones }, /an unknown zone/],
    [
      'the API names other zones',
      both,
      { zones: { primary: zones.primary, secondary: 'eu-central-1c' } },
      /its standby in eu-central-1a and eu-central-1c/,
    ],
    ['the API names one zone', both, { zones: { primary: zones.primary } }, /not Multi-AZ/],
    ['the API names none', both, {}, /not Multi-AZ/],
    [
      'neither has the address of the endpoint',
      marked(hostOf(c, { zone: zones.primary }), hostOf(b)),
      { zones },
      /10\.0\.1\.10, the endpoint's address/,
    ],
    [
      'the other has two addresses',
      marked(hostOf(a), hostOf(b), ['10.0.2.11', hostOf(b)[1]]),
      { zones },
      /2 addresses of this type/,
    ],
    [
      'the other has no address of the type',
      marked(hostOf(a), ['2001:db8:0:2::a', hostOf(b)[1]]),
      { zones },
      /0 addresses/,
    ],
  ])('is not proven where %s', (_, seen, topology, why) => {
    expect(standbyBeside(a.ip, seen, topology)).toEqual({ kind: 'unproven', why: expect.stringMatching(why) });
  });

  test.each([
    ['EC2 does not answer', silent, { zones }, 'EC2 is throttled'],
    ['the RDS API does not', both, undefined, 'the zones of the instance are not known while the RDS API is down'],
  ])('is not read where %s, which is not "none"', (_, seen, topology, why) => {
    expect(standbyBeside(a.ip, seen, topology)).toEqual({ kind: 'unread', why });
  });
});

describe("what is not the database's", () => {
  const desired = (...targets: (typeof a)[]): Desired => ({
    kind: 'targets',
    targets,
    evidence: { since: 0, complete: true },
  });
  const unknown: Desired = { kind: 'hold', reason: 'AddressUnknown', message: '' };

  test.each<[string, InterfacesObservation]>([
    ["is an address of another's interface", marked(hostOf(a), ofStranger(c))],
    ['is an address of no interface', marked(hostOf(a))],
    ['is what RDS did not make for an instance', marked(hostOf(a), hostOf(c, { description: 'proxy' }))],
  ])('%s', (_, seen) => {
    expect(foreignAmong([a, c], desired(a), seen, undefined)).toEqual([c]);
  });

  test.each<[string, readonly (typeof a)[], Desired, InterfacesObservation]>([
    ['is the address of the endpoint, whatever EC2 shows', [a, b], desired(a), marked(hostOf(b))],
    ['is an address that carries the marker', [a, b], desired(a), both],
    ['is anything while EC2 is silent', [a, c], desired(a), silent],
    ["is anything while EC2 shows none of the group as the database's", [a, c], desired(a), marked(hostOf(b))],
    ['is anything where the marker is on no database', [a, c], desired(a), marked()],
  ])('never %s', (_, live, wanted, seen) => {
    expect(foreignAmong(live, wanted, seen, { zones })).toEqual([]);
  });

  test('is known without the endpoint, too, once both hosts of the database are', () => {
    expect(foreignAmong([a, c], unknown, both, { zones })).toEqual([c]);
    expect(foreignAmong([a, c], unknown, marked(hostOf(a)), { zones })).toEqual([]);
    expect(foreignAmong([a, c], unknown, both, undefined)).toEqual([]);
  });
});
