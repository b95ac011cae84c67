import { describe, expect, test } from 'vitest';
import { type Owner, ownerOf } from '../../../lib/observations/owners.ts';
import type { InterfacesObservation, NetworkInterface } from '../../../lib/ports.ts';
import { a, b, groups, interfacesAt, ofAnother, ofRds } from '../scene.ts';

describe('the owner of an address', () => {
  const kind = 'instance';

  test.each<[string, NetworkInterface | undefined, Owner['kind']]>([
    ["RDS's own interface with one of the security groups is the database's", ofRds, 'own'],
    ['one of several groups is enough', { ...ofRds, securityGroups: ['sg-0aaaaaaaaaaaaaaaa', ...groups] }, 'own'],
    ['another security group is another database', { ...ofRds, securityGroups: ['sg-0aaaaaaaaaaaaaaaa'] }, 'other'],
    [
      'groups that EC2 does not tell prove nothing, and refute nothing',
      { ...ofRds, securityGroups: undefined },
      'unread',
    ],
    ['nor do they make a stranger the database', { ...ofAnother, securityGroups: undefined }, 'other'],
    ['no security group proves nothing', { ...ofRds, securityGroups: [] }, 'other'],
    ['description and groups can be copied: only AWS sets the requester', ofAnother, 'other'],
    ['another service is not RDS', { ...ofRds, requester: 'amazon-elb' }, 'other'],
    ['an RDS Proxy is not the database', { ...ofRds, description: 'Network interface for DBProxy prx-1' }, 'other'],
    ['an address of no interface has no known owner', undefined, 'other'],
  ])('is told by its interface: %s', (_, one, expected) => {
    const seen: InterfacesObservation = one ? interfacesAt([a.ip, one]) : { kind: 'seen', interfaces: new Map() };
    expect(ownerOf(a.ip, seen, { kind }, groups).kind).toBe(expected);
  });

  test('is found where another VPC uses the same address', () => {
    const untold = { ...ofRds, id: 'eni-9', securityGroups: undefined };
    const seen: InterfacesObservation = { kind: 'seen', interfaces: new Map([[a.ip, [ofAnother, untold, ofRds]]]) };
    expect(ownerOf(a.ip, seen, { kind }, groups)).toEqual({ kind: 'own' });
    expect(ownerOf(a.ip, interfacesAt([a.ip, untold]), { kind: 'hostname' }, groups)).toEqual({
      kind: 'unread',
      why: 'EC2 does not say which security groups eni-9 has',
    });
  });

  test('of a host name is told by the security groups alone, whatever made the interface', () => {
    const proxy = { ...ofRds, requester: '111122223333', description: 'Network interface for DBProxy prx-1' };
    expect(ownerOf(a.ip, interfacesAt([a.ip, proxy]), { kind: 'hostname' }, groups)).toEqual({ kind: 'own' });
    expect(ownerOf(a.ip, interfacesAt([a.ip, ofAnother]), { kind: 'hostname' }, groups)).toEqual({ kind: 'own' });
    expect(ownerOf(a.ip, interfacesAt([a.ip, proxy]), { kind: 'hostname' }, ['sg-0aaaaaaaaaaaaaaaa']).kind).toBe(
      'other',
    );
  });

  test('is not known without security groups to compare, unless it is not even RDS', () => {
    expect(ownerOf(a.ip, interfacesAt([a.ip, ofRds]), { kind }, undefined)).toMatchObject({
      kind: 'unread',
      why: expect.stringContaining('DATABASE_SECURITY_GROUPS'),
    });
    expect(ownerOf(a.ip, interfacesAt([a.ip, ofAnother]), { kind }, undefined).kind).toBe('other');
  });

  test('that is another says what was found there, in letters that no interface can forge', () => {
    const evil = { ...ofAnother, description: `"\u001b[2J\n${'x'.repeat(300)}` };
    const owner = ownerOf(a.ip, interfacesAt([a.ip, evil]), { kind }, groups);
    expect(owner.kind === 'other' && owner.found).toMatch(
      /^eni-0fedcba9876543210 \(made by no AWS service, "\\"\\u001b\[2J\\nx{60,80}", sg-0123456789abcdef0\)$/,
    );
    const several = [
      { ...ofRds, securityGroups: ['sg-0aaaaaaaaaaaaaaaa', 'sg-0bbbbbbbbbbbbbbbb'] },
      { ...ofAnother, securityGroups: [] },
    ];
    expect(ownerOf(a.ip, { kind: 'seen', interfaces: new Map([[a.ip, several]]) }, { kind }, groups)).toEqual({
      kind: 'other',
      found:
        'eni-0123456789abcdef0 (made by amazon-rds, "RDSNetworkInterface", sg-0aaaaaaaaaaaaaaaa, sg-0bbbbbbbbbbbbbbbb) and eni-0fedcba9876543210 (made by no AWS service, "RDSNetworkInterface", no security group)',
    });
    expect(ownerOf(b.ip, interfacesAt([a.ip, evil]), { kind }, groups)).toEqual({
      kind: 'other',
      found: 'no network interface of this account and Region',
    });
  });
});
