import { describe, expect, test } from 'vitest';
import {
  canHoldTargets,
  canonicalIp,
  isAllowed,
  isCidr,
  isIp,
  isPublic,
  isWithin,
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
