import { DescribeNetworkInterfacesCommand, EC2Client, type NetworkInterface } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createEc2Network } from '../../../lib/adapters/ec2-network.ts';
import { known } from '../../../lib/doctor/reading.ts';

const ec2 = mockClient(EC2Client);
beforeEach(() => ec2.reset());
afterAll(() => ec2.restore());

const run = new AbortController().signal;
const interfaces = (addresses: readonly string[]) =>
  createEc2Network(new EC2Client({ region: 'eu-central-1' }), run).interfaces(addresses);

const having = (...addresses: (string | undefined)[]) => ({
  PrivateIpAddresses: addresses.map((PrivateIpAddress) => (PrivateIpAddress ? { PrivateIpAddress } : {})),
});
const answering = (...NetworkInterfaces: NetworkInterface[]) =>
  ec2.on(DescribeNetworkInterfacesCommand).resolves({ NetworkInterfaces });

describe('the interfaces behind addresses', () => {
  test('are asked for by these addresses, and told with the endpoint that they belong to', async () => {
    answering(
      {
        NetworkInterfaceId: 'eni-1',
        InterfaceType: 'vpc_endpoint',
        Description: 'VPC Endpoint Interface vpce-0123abcd',
        ...having('10.0.7.7', '10.0.7.99'),
      },
      { NetworkInterfaceId: 'eni-2', Description: 'made beside vpce-0123abcd', ...having('10.0.7.8') },
      { InterfaceType: 'vpc_endpoint', ...having('10.0.7.9', undefined) },
      { NetworkInterfaceId: 'eni-4' },
    );
    expect(await interfaces(['10.0.7.7', '10.0.7.8', '10.0.7.9'])).toStrictEqual(
      known(
        new Map([
          [
            '10.0.7.7',
            [
              {
                id: 'eni-1',
                endpointId: 'vpce-0123abcd',
                description: 'VPC Endpoint Interface vpce-0123abcd',
                securityGroups: [],
              },
            ],
          ],
          ['10.0.7.8', [{ id: 'eni-2', description: 'made beside vpce-0123abcd', securityGroups: [] }]],
          ['10.0.7.9', [{ id: '', description: '', securityGroups: [] }]],
        ]),
      ),
    );
    const [call] = ec2.commandCalls(DescribeNetworkInterfacesCommand);
    expect(call?.args).toEqual([
      expect.objectContaining({
        input: { Filters: [{ Name: 'private-ip-address', Values: ['10.0.7.7', '10.0.7.8', '10.0.7.9'] }] },
      }),
      { abortSignal: run },
    ]);
  });

  test('are not those of the whole account when there is no address', async () => {
    expect(await interfaces([])).toEqual(known(new Map()));
    expect(ec2.calls()).toEqual([]);
  });

  test('that the API leaves out are not there, and that it refuses are denied', async () => {
    ec2.on(DescribeNetworkInterfacesCommand).resolves({});
    expect(await interfaces(['10.0.7.7'])).toEqual(known(new Map()));
    const refusal = Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    ec2.on(DescribeNetworkInterfacesCommand).rejects(refusal);
    expect(await interfaces(['10.0.7.7'])).toEqual({ kind: 'denied', action: 'ec2:DescribeNetworkInterfaces' });
  });
});
