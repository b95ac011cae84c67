import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createEc2Interfaces } from '../../lib/adapters/ec2-interfaces.ts';
import { checkOwn } from '../../lib/adapters/own-reply.ts';
import { ownerOf } from '../../lib/observations/owners.ts';
import { a, groups, stranger } from '../lib/scene.ts';
import { clientSettings } from './api-rig.ts';
import { runs, timeout } from './inputs.ts';
import { altered, junk } from './xml.ts';

/* What EC2 says of an address decides whether it is registered. */

const interfaceXml = (ip: string, description: string, requester: string) =>
  `<item><networkInterfaceId>eni-${ip}</networkInterfaceId><description>${description}</description>${requester}<groupSet><item><groupId>${groups[0]}</groupId></item></groupSet><privateIpAddressesSet><item><privateIpAddress>${ip}</privateIpAddress></item></privateIpAddressesSet></item>`;
const own = interfaceXml(a.ip, 'RDSNetworkInterface', '<requesterId>amazon-rds</requesterId>');
/** The description and the group are what its owner says. */
const forged = interfaceXml(stranger.ip, 'RDSNetworkInterface', '');
const replyOf = (items: string) =>
  `<DescribeNetworkInterfacesResponse><requestId>r</requestId><networkInterfaceSet>${items}</networkInterfaceSet></DescribeNetworkInterfacesResponse>`;

function find(status: number, body: string) {
  const handle = async (request: { readonly body?: unknown }) => {
    const bytes = new TextEncoder().encode(body);
    checkOwn(request, status, bytes);
    return { response: { statusCode: status, headers: {}, body: bytes } };
  };
  const client = new ElasticLoadBalancingV2Client(clientSettings(handle));
  return createEc2Interfaces(client, {}).find([a.ip, stranger.ip]);
}

// No pause between attempts.
beforeAll(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterAll(() => void vi.restoreAllMocks());

const status = fc.constantFrom(200, 200, 200, 204, 301, 400, 403, 429, 500, 503);

describe("EC2's reply about addresses", () => {
  test('shows the database and the stranger while nothing is altered', async () => {
    const seen = await find(200, replyOf(own + forged));
    const kindOf = (ip: string) => ownerOf(ip, seen, { kind: 'instance' }, groups).kind;
    expect([kindOf(a.ip), kindOf(stranger.ip)]).toEqual(['own', 'other']);
  });

  test(
    'that is altered never makes a stranger the database',
    async () => {
      const replies = altered(fc.constantFrom(replyOf(forged), replyOf(own + forged), replyOf(forged + own)));
      await fc.assert(
        fc.asyncProperty(replies, async (body) => {
          const seen = await find(200, body);
          expect(ownerOf(stranger.ip, seen, { kind: 'instance' }, groups).kind).not.toBe('own');
        }),
        runs(300),
      );
    },
    timeout,
  );

  test(
    'that is no reply says nothing about any address, and least of all that it has no owner',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(junk, altered()), status, async (body, code) => {
          expect((await find(code, body)).kind).toBe('unavailable');
        }),
        runs(300),
      );
    },
    timeout,
  );
});
