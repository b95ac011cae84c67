import ipaddr from 'ipaddr.js';
import { describe, expect, test, vi } from 'vitest';
import {
  canHoldClients,
  canHoldTargets,
  canonicalCidr,
  canonicalIp,
  dnsName,
  isAllowed,
  isCidr,
  isGlobalIpv6,
  isIp,
  isNetwork,
  isPublic,
  isWithin,
  networkOf,
  privateCidrs,
} from '../../lib/addresses.ts';

describe('an address may be a target', () => {
  test.each(['10.0.1.10', '172.16.0.1', '172.31.255.254', '192.168.1.1', '100.64.0.1', 'fd12:3456::1'])(
    '%s, by default',
    (ip) => {
      expect(isAllowed(ip, privateCidrs)).toBe(true);
    },
  );

  test.each([
    '8.8.8.8',
    '172.32.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '::1',
    'fe80::1',
    '::ffff:10.0.0.1',
    '2001:4860:4860::8888',
    'not an address',
    '',
  ])('%j never, even when everything is allowed', (ip) => {
    expect(isAllowed(ip, [...privateCidrs, '0.0.0.0/0', '::/0'])).toBe(false);
  });

  test('only inside the ranges that are configured', () => {
    expect(isAllowed('10.0.1.10', ['10.0.0.0/16'])).toBe(true);
    expect(isAllowed('10.1.1.10', ['10.0.0.0/16'])).toBe(false);
    expect(isAllowed('198.18.0.9', ['198.18.0.0/15'])).toBe(true);
    expect(isAllowed('10.0.1.10', ['fc00::/7'])).toBe(false);
  });
});

test('a global IPv6 address may be a target only in the named range of a VPC, which is /44 at most', () => {
  const ip = '2600:1f13:a0d:a701::10';
  expect(isAllowed(ip, ['2600:1f13:a0d:a700::/56'])).toBe(true);
  expect(isAllowed(ip, ['2600:1f13:a0d:b700::/56'])).toBe(false);
  expect(isAllowed(ip, ['2600:1f13:a00::/43', '2000::/3', '::/0', ...privateCidrs])).toBe(false);
  expect(isAllowed('fe80::1', ['fe80::/64'])).toBe(false);
  expect(isAllowed('::ffff:10.0.0.1', ['::ffff:0:0/96'])).toBe(false);
  expect(
    ['2600:1f13:a0d:a700::/56', '2600:1f13:a00::/44', '2600:1f13:a00::/43', '2000::/3'].map(canHoldTargets),
  ).toEqual([true, true, false, false]);
});

test('a range that can hold no target is told apart', () => {
  expect(['10.0.0.0/8', '0.0.0.0/0', '198.18.0.0/16', 'fd00::/8', '::/0'].map(canHoldTargets)).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(['8.8.8.0/24', '127.0.0.0/8', '169.254.0.0/16', 'fe80::/10'].map(canHoldTargets)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('one address has one spelling', () => {
  expect(canonicalIp('FD00:0:0::0001')).toBe('fd00::1');
  expect(canonicalIp('10.0.1.10')).toBe('10.0.1.10');
});

test('an address is written in full: four numbers, or IPv6', () => {
  for (const ip of ['10.0.1.10', 'fd00::1', '::']) expect(isIp(ip), ip).toBe(true);
  for (const text of ['10.0.1', '167772170', '0x0a.0.0.1', '10.0.0.256', 'db', ''])
    expect(isIp(text), text).toBe(false);
  expect(canonicalIp('10.1')).toBe('10.1');
});

test('a range has an address and a length', () => {
  for (const cidr of ['10.0.0.0/8', 'fd00::/8', '0.0.0.0/0']) expect(isCidr(cidr), cidr).toBe(true);
  for (const text of ['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '/8', '']) expect(isCidr(text), text).toBe(false);
});

describe('a range lies in another one', () => {
  test.each([
    ['10.0.0.0/16', '10.0.0.0/8'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['fd00:1::/64', 'fd00::/8'],
    ['fd00::1', 'fd00::/8'],
  ])('as %s in %s', (range, cidr) => {
    expect(isWithin(range, cidr)).toBe(true);
  });

  test.each([
    ['10.0.0.0/8', '10.0.0.0/16'],
    ['10.0.0.0/8', '10.0.0.0/9'],
    ['11.0.0.0/16', '10.0.0.0/8'],
    ['11.1.2.3', '10.0.0.0/8'],
    ['fd00::1', '10.0.0.0/8'],
    ['10.1.2.3', 'fd00::/8'],
  ])('but not %s in %s', (range, cidr) => {
    expect(isWithin(range, cidr)).toBe(false);
  });
});

test('a public address is one of the internet', () => {
  for (const ip of ['8.8.8.8', '2001:4860:4860::8888']) expect(isPublic(ip), ip).toBe(true);
  for (const ip of ['10.0.0.1', '127.0.0.1', '169.254.1.1', 'fd00::1', '::1', 'db.example.com', ''])
    expect(isPublic(ip), ip).toBe(false);
});

describe('a global IPv6 address', () => {
  test('may be a target in the range of one VPC that is named, and in no larger one', () => {
    const ip = '2600:1f18:1:2::3';
    expect(isAllowed(ip, ['2600:1f18:1:2::/64'])).toBe(true);
    expect(isAllowed(ip, ['2600:1f18:1::/44'])).toBe(true);
    expect(isAllowed(ip, ['2600:1f18::/43'])).toBe(false);
    expect(isAllowed(ip, ['2000::/3', '::/0'])).toBe(false);
    expect(isAllowed(ip, ['2600:1f18:1:3::/64'])).toBe(false);
  });

  test('makes a range that can hold targets when that is no larger than a VPC', () => {
    expect(canHoldTargets('2600:1f18:1::/44')).toBe(true);
    expect(canHoldTargets('2600:1f18::/43')).toBe(false);
    expect(canHoldTargets('fe80::/64')).toBe(false);
    // A short IPv4 range is no VPC's for being short.
    expect(canHoldTargets('8.8.8.8/32')).toBe(false);
  });
});

describe('the range that is meant by', () => {
  test.each([
    ['10.0.0.0/16', '10.0.0.0/16'],
    ['10.0.3.7/16', '10.0.0.0/16'],
    ['10.0.0.1', '10.0.0.1/32'],
    [' 10.0.0.0 /\t8\n', '10.0.0.0/8'],
    ['FD00:0::1/64', 'fd00::/64'],
    ['fd00::1', 'fd00::1/128'],
    ['10.0.0.0/33', undefined],
    ['orders.example.com', undefined],
    ['', undefined],
  ])('%j is %s', (text, network) => {
    expect(networkOf(text)).toBe(network);
  });
});

describe('a range is written with its first address:', () => {
  test.each([
    ['10.0.0.0/16', true],
    ['10.0.0.1/32', true],
    ['FD00::/8', true],
    ['10.0.0.1/16', false],
    ['fd00::1/8', false],
    ['10.0.0.0/08', false],
    ['10.0.0.0', false],
    [' 10.0.0.0/8', false],
    ['orders', false],
    ['', false],
  ])('%j, %s', (text, expected) => {
    expect(isNetwork(text)).toBe(expected);
  });
});

test('clients of an endpoint come from private ranges and from the IPv6 range of a VPC, never from public ones', () => {
  const vpcs = ['10.0.0.0/16', '172.16.0.0/12', '192.168.7.0/24', '100.64.0.0/10', 'fd00::/8', '2600:1f18:1::/44'];
  for (const cidr of vpcs) expect(canHoldClients(cidr), cidr).toBe(true);
  const others = ['8.8.8.0/24', '8.8.8.8', '0.0.0.0/0', '10.0.0.0/7', '2600:1f18::/43', '::/0', 'fe80::/64'];
  for (const cidr of others) expect(canHoldClients(cidr), cidr).toBe(false);
});

test('a global address of IPv6 is one of the internet', () => {
  for (const ip of ['2600:1f18:1:2::3', '3fff:ffff::1']) expect(isGlobalIpv6(ip), ip).toBe(true);
  for (const ip of ['4000::1', 'fd00::1', '8.8.8.8', 'orders']) expect(isGlobalIpv6(ip), ip).toBe(false);
});

test('a DNS name has two labels at least, and is no address', () => {
  for (const name of ['orders.example.com', 'orders.example.com.', '_db.a-b.x1', `${'a'.repeat(250)}.b`, '1.2.3.4a'])
    expect(dnsName.test(name), name).toBe(true);
  for (const text of ['orders', '10.0.1.40', '127.1', '127.1.', '-a.b', 'a-.b', 'a..b', `${'a'.repeat(252)}.b`, ''])
    expect(dnsName.test(text), text).toBe(false);
});

test('an address is parsed once, until a thousand have been asked about: whatever DNS answers, memory stays small', () => {
  const parse = vi.spyOn(ipaddr, 'parse');
  const isForgotten = () => {
    parse.mockClear();
    isIp('10.255.255.255');
    return parse.mock.calls.length > 0;
  };
  let last = 0;
  const othersUntilForgotten = () => {
    for (let asked = 1; asked <= 3000; asked += 1) {
      isIp(`10.9.${last >> 8}.${last & 255}`);
      last += 1;
      if (isForgotten()) return asked;
    }
    return undefined;
  };
  isForgotten();
  expect(othersUntilForgotten()).toBeLessThanOrEqual(1000);
  // The one that met the limit and this one make two; 998 more fit.
  expect(othersUntilForgotten()).toBe(999);
  parse.mockRestore();
});

test('an address and a range are known when they are first asked about', () => {
  // Not asked about before, also where this test is run again.
  const next = () => `10.${process.hrtime.bigint() % 200n}.${process.hrtime.bigint() % 256n}`;
  for (let turn = 0; turn < 3; turn += 1) {
    const range = `${next()}.0/24`;
    expect([range, isWithin(range.replace('0/24', '7'), range)]).toEqual([range, true]);
    expect(isIp(`no address ${next()}`)).toBe(false);
  }
});

test('a range has one spelling; what is no range keeps its own', () => {
  expect(
    ['2600:1F14:0::/56', '2600:1f14::/56', '10.0.0.0/16', '10.0.0.1/16', 'orders/1', 'sg-1'].map(canonicalCidr),
  ).toEqual(['2600:1f14::/56', '2600:1f14::/56', '10.0.0.0/16', '10.0.0.1/16', 'orders/1', 'sg-1']);
});
