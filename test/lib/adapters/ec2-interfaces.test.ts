import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createEc2Interfaces } from '../../../lib/adapters/ec2-interfaces.ts';

type Sent = {
  method: string;
  hostname: string;
  port?: number;
  protocol: string;
  path: string;
  headers: Record<string, string>;
  body: string;
};
type Reply = { status?: number; body: string } | Error;

const interfaceXml = (ip: string, more = '') =>
  `<item><networkInterfaceId>eni-0123456789abcdef0</networkInterfaceId><description>RDSNetworkInterface</description><requesterId>amazon-rds</requesterId><requesterManaged>true</requesterManaged><groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>db</groupName></item><item><groupId>sg-0123456789abcdef1</groupId></item></groupSet><privateIpAddress>${ip}</privateIpAddress><privateIpAddressesSet><item><privateIpAddress>${ip}</privateIpAddress><primary>true</primary></item></privateIpAddressesSet>${more}</item>`;
const reply = (items: string, more = '') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<DescribeNetworkInterfacesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><networkInterfaceSet>${items}</networkInterfaceSet>${more}</DescribeNetworkInterfacesResponse>`;
const fault = (code: string) =>
  `<Response><Errors><Error><Code>${code}</Code><Message>no &lt;tokens&gt;</Message></Error></Errors><RequestID>r</RequestID></Response>`;

function asking(replies: readonly Reply[], settings: object = {}, env: Record<string, string> = {}) {
  const sent: Sent[] = [];
  const cuts: unknown[] = [];
  const left = [...replies];
  const requestHandler = {
    handle: async (request: Sent, { abortSignal }: { abortSignal?: unknown }) => {
      sent.push(request);
      cuts.push(abortSignal);
      const next = left.length > 1 ? left.shift() : left[0];
      if (next instanceof Error || !next) throw next;
      return { response: { statusCode: next.status ?? 200, headers: {}, body: Buffer.from(next.body) } };
    },
  };
  const credentials = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
  const client = new ElasticLoadBalancingV2Client({
    region: 'eu-central-1',
    credentials,
    requestHandler: requestHandler as never,
    ...settings,
  });
  const source = createEc2Interfaces(client, env);
  const find = (...addresses: string[]) => source.find(addresses, signal);
  return { sent, cuts, find, findByGroup: source.findByGroup };
}

const { signal } = new AbortController();
const throttled = { status: 503, body: fault('RequestLimitExceeded') };

// No pause between attempts.
beforeAll(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterAll(() => void vi.restoreAllMocks());

describe('the interfaces of addresses', () => {
  test('are asked for in one call, signed for EC2 with the credentials and the Region of the client', async () => {
    const zone = '<availabilityZone>eu-central-1a</availabilityZone>';
    const { sent, cuts, find } = asking([{ body: reply(interfaceXml('10.0.1.10', zone)) }]);
    const seen = await find('10.0.1.10', '10.0.2.10');
    const found = {
      zone: 'eu-central-1a',
      id: 'eni-0123456789abcdef0',
      requester: 'amazon-rds',
      description: 'RDSNetworkInterface',
      securityGroups: ['sg-0123456789abcdef0', 'sg-0123456789abcdef1'],
    };
    expect(seen).toEqual({ kind: 'seen', interfaces: new Map([['10.0.1.10', [found]]]) });
    expect(sent).toHaveLength(1);
    expect(cuts).toEqual([signal]);
    const [{ method, protocol, hostname, path, headers, body } = {} as Sent] = sent;
    expect(`${method} ${protocol}//${hostname}${path}`).toBe('POST https://ec2.eu-central-1.amazonaws.com/');
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(headers.authorization).toMatch(
      /Credential=ASIAEXAMPLE\/\d{8}\/eu-central-1\/ec2\/aws4_request, SignedHeaders=.*host.*x-amz-security-token/,
    );
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      Action: 'DescribeNetworkInterfaces',
      Version: '2016-11-15',
      'Filter.1.Name': 'private-ip-address',
      'Filter.1.Value.1': '10.0.1.10',
      'Filter.1.Value.2': '10.0.2.10',
    });
  });

  test('of IPv6 are found by any spelling of an address', async () => {
    const ipv6 = '<ipv6AddressesSet><item><ipv6Address>2001:DB8:0:1:0:0:0:a</ipv6Address></item></ipv6AddressesSet>';
    const { sent, find } = asking([{ body: reply(interfaceXml('10.0.1.10', ipv6)) }]);
    const seen = await find('2001:db8:0:1::a');
    expect(seen.kind === 'seen' && [...seen.interfaces.keys()]).toEqual(['2001:db8:0:1::a']);
    expect(new URLSearchParams(sent[0]?.body).get('Filter.1.Name')).toBe('ipv6-addresses.ipv6-address');
  });

  test('are all told where VPCs use one address, and none that was not asked for', async () => {
    const other = interfaceXml('10.0.1.10')
      .replace('<requesterId>amazon-rds</requesterId>', '')
      .replace('eni-0', 'eni-1');
    const { find } = asking([{ body: reply(interfaceXml('10.0.1.10') + other + interfaceXml('10.0.9.9')) }]);
    const seen = await find('10.0.1.10');
    expect(seen.kind === 'seen' && seen.interfaces.size).toBe(1);
    expect(seen.kind === 'seen' && seen.interfaces.get('10.0.1.10')?.map((one) => [one.id, one.requester])).toEqual([
      ['eni-0123456789abcdef0', 'amazon-rds'],
      ['eni-1123456789abcdef0', undefined],
    ]);
  });

  test('may say nothing more of themselves, and then their groups are not known, which is not "none"', async () => {
    const address = '<privateIpAddress>10.0.1.10</privateIpAddress>';
    const bare = `<item><privateIpAddressesSet><item>${address}</item></privateIpAddressesSet><description><x/></description></item>`;
    const told = async (body: string) => {
      const seen = await asking([{ body: reply(body) }]).find('10.0.1.10');
      return seen.kind === 'seen' && seen.interfaces.get('10.0.1.10');
    };
    expect(await told(bare)).toStrictEqual([{ id: '', description: '' }]);
    const group = '<item><groupId>sg-1</groupId></item>';
    const withGroups = (set: string) => bare.replace('<description>', `${set}<description>`);
    expect(await told(withGroups(`<groupSet>${group}<item/></groupSet>`))).toStrictEqual([{ id: '', description: '' }]);
    expect(await told(withGroups('<groupSet/>'))).toEqual([{ id: '', description: '', securityGroups: [] }]);
  });

  test('of no interface are an answer', async () => {
    expect(await asking([{ body: reply('') }]).find('10.0.1.10')).toEqual({ kind: 'seen', interfaces: new Map() });
  });

  test.each<[string, object, Record<string, string>, string]>([
    [
      'FIPS endpoint',
      { useFipsEndpoint: true, region: 'us-gov-west-1' },
      {},
      'https://ec2.us-gov-west-1.amazonaws.com/',
    ],
    ['dual stack', { useDualstackEndpoint: true }, {}, 'https://ec2.eu-central-1.api.aws/'],
    ['China', { region: 'cn-north-1' }, {}, 'https://ec2.cn-north-1.amazonaws.com.cn/'],
    [
      'endpoint of EC2',
      {},
      { AWS_ENDPOINT_URL_EC2: 'https://vpce-1.ec2.eu-central-1.vpce.amazonaws.com', AWS_ENDPOINT_URL: 'http://x' },
      'https://vpce-1.ec2.eu-central-1.vpce.amazonaws.com/',
    ],
    ['endpoint of all', {}, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }, 'http://127.0.0.1:4566/'],
    ['endpoint of the client', { endpoint: 'http://127.0.0.1:4567' }, {}, 'http://127.0.0.1:4567/'],
    ['the same without a port', { endpoint: 'https://aws.example.com' }, {}, 'https://aws.example.com/'],
  ])('are asked for at the right place: %s', async (_, settings, env, expected) => {
    const { sent, find } = asking([{ body: reply('') }], settings, env);
    expect((await find('10.0.1.10')).kind).toBe('seen');
    const [{ protocol, hostname, port, path, headers } = {} as Sent] = sent;
    expect(`${protocol}//${hostname}${port ? `:${port}` : ''}${path}`).toBe(expected);
    expect(headers.host).toBe(new URL(expected).host);
  });

  test.each<[string, Reply, RegExp, number]>([
    [
      'refused',
      { status: 403, body: fault('UnauthorizedOperation') },
      /^reading the network interfaces of 10\.0\.1\.10, 10\.0\.2\.10: ec2:DescribeNetworkInterfaces failed \(AccessDenied\): UnauthorizedOperation: no <tokens>/,
      1,
    ],
    ['throttled', throttled, /failed \(Throttled\)/, 3],
    ['broken', { status: 500, body: '' }, /failed \(/, 3],
    ['cut off', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), /failed \(ServiceUnavailable\)/, 3],
    [
      'of another operation',
      { body: '<DescribeVpcsResponse><requestId>r</requestId></DescribeVpcsResponse>' },
      /gave no whole list/,
      1,
    ],
    ['only a part', { body: reply('', '<nextToken>more</nextToken>') }, /gave no whole list/, 1],
    ['without an address', { body: reply('<item><groupSet/></item>') }, /gave no whole list/, 1],
    ['no XML', { body: '<html>' }, /gave no whole list/, 1],
    ['somewhere else', { status: 300, body: reply('') }, /failed \(Unexpected\)/, 1],
    ['nested without end', { body: '<a>'.repeat(100_000) }, /gave no whole list/, 1],
    [
      'the reply of a proxy',
      { status: 503, body: 'Service Unavailable' },
      /failed \(ServiceUnavailable\).* a proxy/,
      3,
    ],
  ])('that are %s are not known, which is not "none"', async (_, answer, message, calls) => {
    const { sent, find } = asking([answer]);
    const seen = await find('10.0.1.10', '10.0.2.10');
    expect(seen).toMatchObject({ kind: 'unavailable', message: expect.stringMatching(message) });
    expect(sent).toHaveLength(calls);
  });

  test('are asked for again after a connection that Lambda had frozen', async () => {
    const dead = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const { sent, find } = asking([dead, { body: reply(interfaceXml('10.0.1.10')) }]);
    expect(await find('10.0.1.10')).toMatchObject({ kind: 'seen' });
    expect(sent).toHaveLength(2);
  });
});

test('a question that is cut between two attempts ends at once', async () => {
  const { sent, findByGroup } = asking([throttled]);
  vi.spyOn(Math, 'random').mockReturnValueOnce(1_000_000);
  const cut = new AbortController();
  const answer = findByGroup('sg-1', cut.signal);
  await vi.waitFor(() => expect(sent).toHaveLength(1), { timeout: 5000 });
  cut.abort();
  expect(await answer).toMatchObject({ kind: 'unavailable' });
  expect(sent).toHaveLength(1);
});

describe('the interfaces of a security group', () => {
  const group = 'sg-0123456789abcdef9';

  test('are told by address, from one call', async () => {
    const ipv6 = '<ipv6AddressesSet><item><ipv6Address>2001:DB8:0:1:0:0:0:a</ipv6Address></item></ipv6AddressesSet>';
    const { sent, findByGroup } = asking([
      { body: reply(interfaceXml('10.0.1.10', ipv6) + interfaceXml('10.0.2.10')) },
    ]);
    const seen = await findByGroup(group);
    expect(seen.kind === 'seen' && [...seen.interfaces.keys()]).toEqual(['10.0.1.10', '2001:db8:0:1::a', '10.0.2.10']);
    expect(sent).toHaveLength(1);
    expect(Object.fromEntries(new URLSearchParams(sent[0]?.body))).toEqual({
      Action: 'DescribeNetworkInterfaces',
      Version: '2016-11-15',
      'Filter.1.Name': 'group-id',
      'Filter.1.Value.1': group,
      MaxResults: '100',
    });
  });

  test('are read to the last page', async () => {
    const { sent, findByGroup } = asking([
      { body: reply(interfaceXml('10.0.1.10'), '<nextToken>second</nextToken>') },
      { body: reply(interfaceXml('10.0.2.10')) },
    ]);
    const seen = await findByGroup(group);
    expect(seen.kind === 'seen' && [...seen.interfaces.keys()]).toEqual(['10.0.1.10', '10.0.2.10']);
    expect(sent.map(({ body }) => new URLSearchParams(body).get('NextToken'))).toEqual([null, 'second']);
  });

  test('are not known where a page fails or there is no end to them, which is not "none"', async () => {
    const first = { body: reply(interfaceXml('10.0.1.10'), '<nextToken>more</nextToken>') };
    const refused = { status: 403, body: fault('UnauthorizedOperation') };
    expect(await asking([first, refused]).findByGroup(group)).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('AccessDenied'),
      isDenied: true,
    });
    const { sent, findByGroup } = asking([first]);
    const partial = await findByGroup(group);
    expect(partial).toMatchObject({ message: expect.stringContaining('gave no whole list') });
    expect(partial).not.toHaveProperty('isDenied');
    expect(sent).toHaveLength(3);
  });

  test('may be none', async () => {
    expect(await asking([{ body: reply('') }]).findByGroup(group)).toEqual({ kind: 'seen', interfaces: new Map() });
  });
});
