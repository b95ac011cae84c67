import { describe, expect, test } from 'vitest';
import { canHoldTargets, canonicalIp, isAllowed, privateCidrs } from '../../lib/addresses.ts';

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
