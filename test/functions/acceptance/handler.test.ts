import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { acceptanceFromEnv } from '../../../functions/acceptance/configuration.ts';
import { createAcceptance } from '../../../functions/acceptance/handler.ts';

const service = 'vpce-svc-0123456789abcdef0';
const listed = '444455556666';

type Connection = { readonly id: string; readonly owner: string; readonly service: string; state: string };

/** EC2's API on the wire, as far as endpoint connections go: two on a page, and one endpoint that it does not accept. */
class Ec2 {
  connections: Connection[] = [];
  readonly accepted: string[] = [];
  readonly calls: string[] = [];
  refuses?: string;
  /** Replies that lack what they are read for: the list of connections, or whom a refusal is about and why. */
  lacks?: 'list' | 'subject';
  /** What happens between the listing and the acceptance. */
  before?: (connections: Connection[]) => void;
  why = 'it is rejected';
  /** Whether it refuses the whole call in which the one is that it does not accept. */
  isCallRefused = false;
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const isRefused = this.isCallRefused && [...form.values()].includes(this.refuses ?? '');
      response.writeHead(isRefused ? 400 : 200, { 'content-type': 'text/xml' });
      response.end(isRefused ? this.refusal(form) : this.answer(form));
    });
  });

  start = () => new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  stop = () => new Promise((resolve) => this.server.close(resolve));
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private answer(form: URLSearchParams): string {
    const action = form.get('Action') ?? '';
    this.calls.push(action);
    const content = action === 'DescribeVpcEndpointConnections' ? this.describe(form) : this.accept(form);
    return `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId>${content}</${action}Response>`;
  }

  private refusal(form: URLSearchParams): string {
    this.calls.push(form.get('Action') ?? '');
    this.before?.(this.connections);
    return `<Response><Errors><Error><Code>InvalidVpcEndpointId.NotFound</Code><Message>no ${this.refuses}</Message></Error></Errors><RequestID>1</RequestID></Response>`;
  }

  private describe(form: URLSearchParams): string {
    if (this.lacks === 'list') return '';
    const from = Number(form.get('NextToken') ?? 0);
    const matching = this.connections.filter((one) => form.get('Filter.1.Value.1') === one.service);
    const items = matching
      .slice(from, from + 2)
      .map(
        ({ id, owner, service: of, state }) =>
          `<item><serviceId>${of}</serviceId><vpcEndpointId>${id}</vpcEndpointId><vpcEndpointOwner>${owner}</vpcEndpointOwner><vpcEndpointState>${state}</vpcEndpointState></item>`,
      );
    const next = from + 2 < matching.length ? `<nextToken>${from + 2}</nextToken>` : '';
    return `<vpcEndpointConnectionSet>${items.join('')}</vpcEndpointConnectionSet>${next}`;
  }

  private accept(form: URLSearchParams): string {
    this.before?.(this.connections);
    const ids = [...form].filter(([key]) => key.startsWith('VpcEndpointId.')).map(([, id]) => id);
    for (const one of this.connections.filter(({ id }) => ids.includes(id) && id !== this.refuses)) {
      one.state = 'available';
      this.accepted.push(`${form.get('ServiceId')} ${one.id}`);
    }
    const refused = ids.filter((id) => id === this.refuses);
    const item = (id: string) =>
      this.lacks === 'subject'
        ? '<item/>'
        : `<item><resourceId>${id}</resourceId><error><code>InvalidState</code><message>${this.why}</message></error></item>`;
    return `<unsuccessful>${refused.map(item).join('')}</unsuccessful>`;
  }
}

const ec2 = new Ec2();
let run: ReturnType<typeof createAcceptance>;

beforeAll(async () => {
  await ec2.start();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new EC2Client({ endpoint: ec2.url, region: 'eu-central-1', credentials });
  run = createAcceptance(client, { serviceId: service, accounts: [listed, '777788889999'] });
});
afterAll(() => ec2.stop());
beforeEach(() => {
  vi.spyOn(console, 'log').mockReturnValue();
  ec2.connections = [];
  ec2.accepted.length = 0;
  ec2.calls.length = 0;
  ec2.refuses = undefined;
  ec2.before = undefined;
  ec2.lacks = undefined;
  ec2.isCallRefused = false;
});

const request = (id: string, owner: string, state = 'pendingAcceptance', of = service): Connection => ({
  id,
  owner,
  state,
  service: of,
});

describe('the acceptance function', () => {
  test('accepts what listed accounts ask for, on every page, and leaves the rest to people', async () => {
    ec2.connections = [
      request('vpce-1', '999999999999'),
      request('vpce-2', listed, 'available'),
      request('vpce-3', listed, 'rejected'),
      request('vpce-4', '777788889999', 'PendingAcceptance'),
      request('vpce-5', listed),
    ];
    expect(await run({})).toEqual({
      service,
      accepted: [
        { endpoint: 'vpce-4', account: '777788889999' },
        { endpoint: 'vpce-5', account: listed },
      ],
      gone: [],
      left: [{ endpoint: 'vpce-1', account: '999999999999' }],
    });
    expect(ec2.accepted).toEqual([`${service} vpce-4`, `${service} vpce-5`]);
  });

  test('never lets a message choose: what it names is not accepted unless EC2 says that a listed account asks', async () => {
    ec2.connections = [
      request('vpce-1', '999999999999'),
      request('vpce-9', listed, 'pendingAcceptance', 'vpce-svc-0f'),
    ];
    const forged = {
      Records: [
        { Sns: { Message: JSON.stringify({ VpcEndpointId: 'vpce-1', ServiceId: 'vpce-svc-0f', Owner: listed }) } },
      ],
      accounts: ['999999999999'],
    };
    expect(await run(forged)).toMatchObject({ accepted: [], left: [{ endpoint: 'vpce-1' }] });
    expect(ec2.calls).not.toContain('AcceptVpcEndpointConnections');
  });

  test('a message that comes twice changes nothing the second time', async () => {
    ec2.connections = [request('vpce-1', listed)];
    expect(await run()).toMatchObject({ accepted: [{ endpoint: 'vpce-1' }] });
    expect(await run()).toMatchObject({ accepted: [], left: [] });
    expect(ec2.accepted).toHaveLength(1);
  });

  test('throws when EC2 does not accept, so that Lambda counts it and tries again', async () => {
    ec2.connections = [request('vpce-1', listed), request('vpce-2', listed)];
    ec2.refuses = 'vpce-2';
    await expect(run()).rejects.toThrow(/EC2 did not accept vpce-2: InvalidState: it is rejected\. Accept by hand/);
    expect(ec2.accepted).toEqual([`${service} vpce-1`]);
  });

  test('throws when EC2 says neither whom it refuses nor why: of those that it was asked for, which still wait?', async () => {
    ec2.connections = [request('vpce-1', listed), request('vpce-2', listed)];
    ec2.refuses = 'vpce-2';
    ec2.lacks = 'subject';
    await expect(run()).rejects.toThrow(/^EC2 did not accept vpce-2: it gave no reason\. Accept by hand/);
  });

  test('does not take an answer without a list for an empty one: a consumer may be waiting', async () => {
    ec2.lacks = 'list';
    await expect(run()).rejects.toThrow('DescribeVpcEndpointConnections gave no list of connections');
  });

  test.each(['deleted', 'rejected'])(
    'accepts the others of a call where an endpoint is %s meanwhile, and fails nothing',
    async (state) => {
      ec2.connections = [request('vpce-1', listed), request('vpce-2', listed)];
      ec2.before = ([one]) => {
        if (one) one.state = state;
        if (state === 'deleted') ec2.connections.shift();
      };
      ec2.refuses = 'vpce-1';
      expect(await run()).toEqual({
        service,
        accepted: [{ endpoint: 'vpce-2', account: listed }],
        gone: [{ endpoint: 'vpce-1', account: listed }],
        left: [],
      });
      expect(ec2.accepted).toEqual([`${service} vpce-2`]);
    },
  );

  test('accepts the others where EC2 refuses the whole call because of one that is gone', async () => {
    ec2.connections = [request('vpce-1', listed), request('vpce-2', listed), request('vpce-3', '777788889999')];
    ec2.refuses = 'vpce-1';
    ec2.isCallRefused = true;
    ec2.before = (all) => void all.splice(0, all.length, ...all.filter(({ id }) => id !== 'vpce-1'));
    expect(await run()).toMatchObject({
      accepted: [{ endpoint: 'vpce-2' }, { endpoint: 'vpce-3', account: '777788889999' }],
      gone: [{ endpoint: 'vpce-1', account: listed }],
    });
  });

  test('accepts the others and throws where EC2 refuses the whole call because of one that still waits', async () => {
    ec2.connections = [request('vpce-1', listed), request('vpce-2', listed)];
    ec2.refuses = 'vpce-1';
    ec2.isCallRefused = true;
    await expect(run()).rejects.toThrow('EC2 did not accept vpce-1: InvalidVpcEndpointId.NotFound: no vpce-1. Accept');
    expect(ec2.accepted).toEqual([`${service} vpce-2`]);
  });

  test.each(['pending', 'available'])(
    'counts what another run has accepted meanwhile as accepted: %s',
    async (state) => {
      ec2.connections = [request('vpce-1', listed)];
      ec2.before = ([one]) => {
        if (one) one.state = state;
      };
      ec2.refuses = 'vpce-1';
      expect(await run()).toMatchObject({ accepted: [{ endpoint: 'vpce-1', account: listed }], gone: [] });
    },
  );

  test('throws and logs what EC2 said without what controls a terminal, and nothing of it for a shell to run', async () => {
    ec2.connections = [request('vpce-2', listed)];
    ec2.refuses = 'vpce-2';
    ec2.why = 'evil\u009b2J\u202e\n$(reboot)';
    const message = await run().then(String, (error: Error) => error.message);
    expect(message).toContain('evil\\u009b2J\\u202e\\n$(reboot)');
    expect(message).toMatch(/--vpc-endpoint-ids vpce-2$/);
    ec2.refuses = undefined;
    ec2.connections = [request('vpce-3\u009b', '9\u202e')];
    await run();
    expect(vi.mocked(console.log).mock.calls.join()).not.toMatch(/[\u0080-\u009f\u202e]/);
  });

  test('tells in its log whom it accepted and whom it left waiting, also where it then throws', async () => {
    ec2.connections = [request('vpce-1', '999999999999'), request('vpce-2', listed), request('vpce-3', listed)];
    ec2.refuses = 'vpce-3';
    await expect(run()).rejects.toThrow('vpce-3');
    expect(JSON.parse(String(vi.mocked(console.log).mock.calls[0]?.[0]))).toMatchObject({
      service,
      accepted: [{ endpoint: 'vpce-2', account: listed }],
      left: [{ endpoint: 'vpce-1', account: '999999999999' }],
      refused: [{ endpoint: 'vpce-3', account: listed }],
    });
  });
});

describe('its configuration', () => {
  test('is a service and the accounts', () => {
    expect(acceptanceFromEnv({ SERVICE_ID: service, ACCEPTED_ACCOUNTS: `${listed},777788889999` })).toEqual({
      serviceId: service,
      accounts: [listed, '777788889999'],
    });
  });

  test.each([{}, { SERVICE_ID: 'orders', ACCEPTED_ACCOUNTS: '*' }, { SERVICE_ID: '', ACCEPTED_ACCOUNTS: '' }])(
    '%j is refused, with everything that is wrong',
    (env) => {
      expect(() => acceptanceFromEnv(env)).toThrow(/SERVICE_ID is .*vpce-svc-.*\nACCEPTED_ACCOUNTS is .*12 digits/);
    },
  );
});
