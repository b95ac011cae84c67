import { describe, expect, test } from 'vitest';
import type { DnsAnswer } from '../../../lib/ports.ts';
import { a, addresses, b, host, hostname, instance, instanceAt, said } from '../scene.ts';
import { unavailable } from '../world.ts';

/* What people read when an address is not known or not allowed: what is wrong, and where. */

const manyIps = (count: number) => Array.from({ length: count }, (_, i) => `10.0.4.${i}`);

describe('a hold says', () => {
  test.each<[string, DnsAnswer, string]>([
    ['that a name does not exist', { kind: 'not-found' }, `${host} does not exist in DNS (NXDOMAIN)`],
    ['that a name has no address', { kind: 'no-address' }, `${host} exists in DNS without an address`],
    [
      'that a name has no IPv4 address, where no other counts',
      { kind: 'no-address', addressType: 'ipv4' },
      `${host} exists in DNS without an IPv4 address (A), and the target group takes no other`,
    ],
    [
      'that a name has no IPv6 address, where no other counts',
      { kind: 'no-address', addressType: 'ipv6' },
      `${host} exists in DNS without an IPv6 address (AAAA), and the target group takes no other`,
    ],
    [
      'each of five addresses',
      addresses(...manyIps(5)),
      `${host} resolves to 5 addresses (10.0.4.0, 10.0.4.1, 10.0.4.2, 10.0.4.3, 10.0.4.4); one was expected`,
    ],
    ['how DNS failed', { kind: 'failed', code: 'ESERVFAIL' }, `${host} could not be resolved (ESERVFAIL)`],
    [
      'which addresses are too many',
      addresses(a.ip, b.ip),
      `${host} resolves to 2 addresses (10.0.1.10, 10.0.2.10); one was expected`,
    ],
    [
      'a few of many addresses',
      addresses(...manyIps(50)),
      `${host} resolves to 50 addresses (10.0.4.0, 10.0.4.1, 10.0.4.10, 10.0.4.11 and 46 more); one was expected`,
    ],
    [
      'that an answer is longer than any name has addresses',
      { kind: 'too-many', count: 4000 },
      `${host} resolves to 4000 addresses in one answer; 100 at most are followed`,
    ],
  ])('%s', (_, answer, message) => {
    expect(said(instance, instanceAt(), { [host]: answer })).toBe(`AddressUnknown: ${message}`);
  });

  test('that a name has shown more addresses than are followed', () => {
    expect(said(hostname, undefined, { [host]: addresses(...manyIps(101)) })).toBe(
      `AddressUnknown: ${host} has shown 101 addresses; 100 at most are followed`,
    );
    expect(said(hostname, undefined, { [host]: addresses(...manyIps(100)) })).toMatch(/"kind":"targets"/);
  });

  test('that a name was not asked for', () => {
    expect(said(hostname, undefined)).toBe(`AddressUnknown: ${host} could not be resolved`);
  });

  test('which address is not allowed, by which name it was found, and what is allowed', () => {
    expect(said(instance, instanceAt(), { [host]: addresses('8.8.8.8') })).toBe(
      `AddressNotAllowed: ${host} resolves to 8.8.8.8; allowed are private addresses in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, fc00::/7`,
    );
  });

  test('what a global IPv6 address, as most VPCs have them, needs to be allowed', () => {
    expect(said(instance, instanceAt(), { [host]: addresses('2600:1f18:1:2::3') })).toMatch(
      /^AddressNotAllowed: .*; a global IPv6 address needs the range of its VPC in ALLOWED_CIDRS$/,
    );
  });

  test('what to set when the port is not known', () => {
    const database = { ...instance, endpoint: { host } };
    expect(said(database, unavailable, { [host]: addresses(a.ip) })).toBe(
      `AddressUnknown: the port of ${host} is not known while the RDS API does not answer; set TARGET_PORT`,
    );
  });
});
