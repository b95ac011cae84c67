import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createClients } from '../../../cli/access/clients.ts';
import type { LabAccess } from '../../../lab/contract.ts';
import { stacks as experiment } from '../../../lab/experiments/stacks.ts';
import type { Lab, LabPart, LabStacks } from '../../../lab/lab.ts';
import { mocked } from '../../lib/adapters/mocks.ts';
import { dyingAfter, labOf, outputs } from '../rig.ts';

const elbv2 = mocked(ElasticLoadBalancingV2Client);
const ec2 = mocked(EC2Client);
const clients = createClients({ region: 'eu-central-1' });

const mistyped = {
  resource: 'Registration',
  status: 'CREATE_FAILED',
  reason:
    'Received response status [FAILED] from custom resource. Message returned: the database could not be registered: lab-l1-proof: held: NoWriter: the RDS API knows no DB instance lab-l1-instance-mistyped in this account and Region',
};
const zoneShort = {
  ...mistyped,
  resource: 'HealthyTarget',
  reason:
    'Message returned: no target became healthy: 10.0.2.10:5432 is unused, Target.NotInUse. Likeliest: the load balancer has no subnet in the Availability Zone of this target',
};
const cancelled = { ...mistyped, resource: 'Rule', reason: 'Resource creation cancelled' };
const inUse = {
  resource: 'EndpointService',
  status: 'DELETE_FAILED',
  reason: 'Existing active VPC Endpoint connections',
};
const stuck = { resource: 'SecurityGroup', status: 'DELETE_FAILED', reason: 'has a dependent object' };

const group = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';

/** CloudFormation, and what stands in its stacks. It goes on whether or not a lab looks; `script`: how AWS answers. */
class Cloud implements LabStacks {
  readonly script = {
    deployment: 'ROLLBACK_COMPLETE' as 'ROLLBACK_COMPLETE' | 'ROLLBACK_FAILED' | 'CREATE_COMPLETE' | 'none',
    deletion: { proof: 'gone', services: 'DELETE_FAILED' } as Record<string, 'gone' | 'DELETE_FAILED' | 'never begins'>,
    failures: { proof: [mistyped, cancelled], services: [inUse, inUse] } as Record<string, (typeof mistyped)[]>,
    /** What the reverted drift does to the target. */
    drift: 'nothing' as 'nothing' | 'removes it for a while' | 'removes it' | 'fails',
    /** Writes fail once the deletion of the services has begun. */
    cuts: false,
  };
  readonly deployed: string[] = [];
  readonly #ahead = new Map<string, string[]>([['services', ['CREATE_COMPLETE']]]);
  #targets = ['10.0.1.10'];
  #looks = 0;

  /** What comes next of a stack, the last one for good. */
  #now(part: LabPart): string | undefined {
    const ahead = this.#ahead.get(part) ?? [];
    const status = ahead.length > 1 ? ahead.shift() : ahead[0];
    if (status === 'gone') this.#ahead.delete(part);
    return status === 'gone' ? undefined : status;
  }

  isThere = (part: LabPart): boolean => (this.#ahead.get(part)?.at(-1) ?? 'gone') !== 'gone';

  status = async (part: LabPart) => this.#now(part);

  /** As a lab begins that is resumed: what is missing comes, and the rest stays. */
  deploy(): void {
    if ((this.#ahead.get('services')?.[0] ?? 'gone') === 'gone') this.#ahead.set('services', ['CREATE_COMPLETE']);
  }

  async deployProof(proof: string) {
    if (this.isThere('proof')) throw new Error('the stack of an earlier proof is in the way');
    this.deployed.push(proof);
    const { deployment } = this.script;
    if (deployment !== 'none') this.#ahead.set('proof', ['ROLLBACK_IN_PROGRESS', deployment]);
    if (deployment !== 'CREATE_COMPLETE') throw new Error('cdk deploy ended with exit code 1');
  }

  async revertDrift() {
    const { drift } = this.script;
    if (drift === 'fails') throw new Error('cdk deploy ended with exit code 1');
    const looked = this.#looks;
    if (drift !== 'nothing') this.#targets = [];
    await vi.waitFor(() => expect(this.#looks).toBeGreaterThan(looked + 1), { timeout: 10_000, interval: 1 });
    if (drift === 'removes it for a while') this.#targets = ['10.0.1.10'];
  }

  async failures(part: LabPart) {
    if (!this.isThere(part)) throw new Error(`Stack [${part}] does not exist`);
    return this.script.failures[part] ?? [];
  }

  targetGroups = async () => [group];

  async destroy(part: 'proof' | 'services') {
    if (this.script.deletion[part] === 'never begins') throw new Error('cdk destroy ended with exit code 1');
    this.#ahead.set(part, ['DELETE_IN_PROGRESS', this.script.deletion[part] ?? 'gone']);
    if (this.script.deletion[part] !== 'gone') throw new Error('cdk destroy ended with exit code 1');
  }

  health = () => {
    this.#looks += 1;
    // What drains gets no new connections.
    const all = [...this.#targets.map((Id) => ({ Id, State: 'healthy' })), { Id: '10.0.3.10', State: 'draining' }];
    return {
      TargetHealthDescriptions: all.map(({ Id, State }) => ({ Target: { Id, Port: 5432 }, TargetHealth: { State } })),
    };
  };

  client: Lab['client'] = async (_ground, { targets }) => {
    const isCut = this.script.cuts && !['CREATE_COMPLETE'].includes(this.#ahead.get('services')?.[0] ?? 'gone');
    await new Promise((resolve) => setImmediate(resolve));
    const how = isCut ? { outcome: 'timeout' as const } : { outcome: 'ok' as const, server: '10.0.2.10' };
    return { attempts: targets.map(({ name }) => ({ at: Date.now(), target: name, ms: 0, ...how })) };
  };
}

const waysTo = (...names: LabAccess['name'][]) => names.map((name) => ({ name, host: 'endpoint', port: 5432 }));
const databases = {
  instance: { ...outputs.instance, accesses: waysTo('direct', 'reconciler', 'warm standby') },
  cluster: { ...outputs.cluster, accesses: waysTo('direct', 'probe') },
};

const labIn = (cloud: Cloud, stacks: LabStacks = cloud): Lab =>
  labOf({
    ...{ speed: 1000, stacks, client: cloud.client, clients: () => clients },
    database: (ground) => databases[ground === 'instance' ? 'instance' : 'cluster'],
  });

const [mistypedRun, zoneRun, driftRun, destroyRun] = [0, 1, 2, 3] as const;

let cloud: Cloud;
beforeEach(() => {
  cloud = new Cloud();
  elbv2.on(DescribeTargetHealthCommand).callsFake(() => cloud.health());
  ec2.on(DescribeNetworkInterfacesCommand).resolves({
    NetworkInterfaces: ['a', 'b'].map((letter, index) => ({
      NetworkInterfaceId: `eni-${letter}`,
      PrivateIpAddress: `10.0.${index + 1}.10`,
      AvailabilityZone: `eu-central-1${letter}`,
    })),
  });
});

const prove = async (run: number, lab = labIn(cloud), signal = AbortSignal.timeout(20_000)) =>
  (await experiment.run(lab, run, 0, signal)).facts ?? {};

describe('a deployment that has to fail', () => {
  test('is refused, rolled back and removed', async () => {
    expect(await prove(mistypedRun)).toMatchObject({
      proof: '1. a mistyped database',
      result: 'refused, rolled back and removed, as docs/deploy.md says',
      deployment: expect.stringMatching(
        /^ROLLBACK_COMPLETE after \d+ s: Registration CREATE_FAILED: .*knows no DB instance lab-l1-instance-mistyped[^;]*$/,
      ),
      removal: expect.stringMatching(/^gone after \d+ s$/),
    });
    expect(cloud.deployed).toEqual(['mistyped']);
    expect(cloud.isThere('proof')).toBe(false);
  });

  test("lacks the zone of the writer, which is that of the address that answered, and not the API's", async () => {
    cloud.script.failures.proof = [zoneShort];
    expect(await prove(zoneRun)).toMatchObject({
      zone: 'eu-central-1b',
      result: 'refused, rolled back and removed, as docs/deploy.md says',
    });
    expect(cloud.deployed).toEqual(['without-eu-central-1b']);
  });

  test.each([
    [
      'was not rolled back',
      { deployment: 'ROLLBACK_FAILED', failures: { proof: [mistyped, stuck] } },
      {
        result: 'NOT rolled back',
        deployment: /^ROLLBACK_FAILED after .*mistyped.*; SecurityGroup DELETE_FAILED: has a/,
      },
    ],
    [
      'succeeded',
      { deployment: 'CREATE_COMPLETE', failures: {} },
      { result: 'NOT refused', deployment: /^CREATE_.* s$/ },
    ],
    [
      'failed for another reason',
      { failures: { proof: [cancelled] } },
      { result: 'NOT for the reason that docs/deploy.md promises', deployment: /Resource creation cancelled/ },
    ],
    [
      'cannot be removed',
      { deletion: { proof: 'DELETE_FAILED' }, failures: { proof: [mistyped, stuck] } },
      { result: 'NOT removed', removal: /^DELETE_FAILED after \d+ s: SecurityGroup DELETE_FAILED: has a dep[^;]*$/ },
    ],
    [
      'is wrong in every way',
      { deployment: 'ROLLBACK_FAILED', deletion: { proof: 'DELETE_FAILED' }, failures: { proof: [stuck] } },
      { result: 'NOT rolled back, NOT for the reason that docs/deploy.md promises, NOT removed' },
    ],
  ] as const)('that %s is told as such', async (_, script, facts) => {
    Object.assign(cloud.script, script);
    const found = await prove(mistypedRun);
    for (const [name, expected] of Object.entries(facts))
      if (typeof expected === 'string') expect(found[name]).toBe(expected);
      else expect(found[name]).toMatch(expected);
  });

  test('proves nothing where no stack came about', async () => {
    cloud.script.deployment = 'none';
    await expect(prove(mistypedRun)).rejects.toThrow(/^nothing was deployed: cdk deploy ended with exit code 1$/);
  });

  test('proves nothing where its deletion does not begin', async () => {
    cloud.script.deletion = { proof: 'never begins' };
    await expect(prove(mistypedRun)).rejects.toThrow('the stack proof was not deleted: cdk destroy ended with exit');
  });

  test('proves nothing beside the stack of an earlier proof that stays', async () => {
    Object.assign(cloud.script, { deletion: { proof: 'DELETE_FAILED' }, failures: { proof: [stuck] } });
    await prove(mistypedRun);
    await expect(prove(zoneRun)).rejects.toThrow(/^the stack of an earlier proof cannot be deleted: .*SecurityGroup/);
    expect(cloud.deployed).toEqual(['mistyped']);
  });

  test('needs the zone of the writer', async () => {
    ec2.on(DescribeNetworkInterfacesCommand).resolves({ NetworkInterfaces: [] });
    await expect(prove(zoneRun)).rejects.toThrow('the zone of the writer is unknown: 10.0.2.10 answered');
  });
});

describe('a deployment that reverts drift', () => {
  test('leaves the targets', async () => {
    expect(await prove(driftRun)).toMatchObject({
      result: 'all 1 targets stayed',
      deployment: expect.stringMatching(/^ended after \d+ s$/),
      writes: expect.stringMatching(/^none of \d+ failed$/),
    });
  });

  test.each([
    ['removes it for a while', 'back'],
    ['removes it', 'still missing'],
  ] as const)('that %s is told as such', async (drift, end) => {
    cloud.script.drift = drift;
    const { result } = await prove(driftRun);
    expect(result).toBe(`targets were removed: orders 10.0.1.10 (${end} at the end)`);
  });

  test('proves nothing where it fails', async () => {
    cloud.script.drift = 'fails';
    await expect(prove(driftRun)).rejects.toThrow('cdk deploy ended with exit code 1');
  });
});

describe('the deletion of services with consumers', () => {
  test('is refused, and no write fails', async () => {
    expect(await prove(destroyRun)).toMatchObject({
      result: 'refused, and no write failed, as docs/deploy.md says',
      // A resource that failed twice is named once.
      deletion: expect.stringMatching(/^DELETE_FAILED after \d+ s: EndpointService DELETE_FAILED: Existing [^;]*$/),
      writes: expect.stringMatching(/^none of \d+ failed$/),
    });
  });

  test.each([
    ['DELETE_FAILED', 'refused, but writes FAILED'],
    ['gone', 'NOT refused: the stack is gone'],
  ] as const)('that ends as %s counts the writes that failed, by their way', async (services, result) => {
    Object.assign(cloud.script, { cuts: true, deletion: { services } });
    const found = await prove(destroyRun);
    expect(found.result).toBe(result);
    expect(found.deletion).toMatch(new RegExp(`^${services} after`));
    expect(found.writes).toMatch(
      /^\d+ of \d+ failed: instance by reconciler \d+, instance by warm standby \d+, cluster by probe \d+$/,
    );
  });
});

test('a deletion that an earlier run has begun is asked for again, though consumers are cut by now', async () => {
  cloud.script.cuts = true;
  await prove(destroyRun);
  const { result, writes } = await prove(destroyRun);
  expect(result).toBe('refused, but writes FAILED');
  expect(writes).toMatch(/^since the lab was resumed, \d+ of \d+ failed/);
});

describe.each([
  ['a mistyped database', mistypedRun, {}],
  ['a zone short', zoneRun, { failures: { proof: [zoneShort] } }],
  ['--revert-drift', driftRun, {}],
  ['destroy with consumers', destroyRun, {}],
  ['destroy that AWS does not refuse', destroyRun, { cuts: true, deletion: { services: 'gone' } }],
] as const)('%s, killed anywhere', (_, run, script) => {
  test('has the same answer when it is resumed', async () => {
    Object.assign(cloud.script, script);
    const { result } = await prove(run);
    for (let touches = 0; ; touches += 1) {
      cloud = new Cloud();
      Object.assign(cloud.script, script);
      const process = dyingAfter(touches);
      const end = new AbortController();
      const dying = prove(run, labIn(cloud, process.mortal<LabStacks>(cloud)), end.signal);
      const ended = await Promise.race([dying, process.died]);
      // What a dead process would go on with ends here.
      end.abort();
      if (ended !== 'killed') {
        // Before and after each call.
        expect(touches).toBeGreaterThanOrEqual(4);
        break;
      }
      dying.catch(() => {});
      cloud.deploy();
      const resumed = await prove(run);
      expect({ touches, result: resumed.result }).toEqual({ touches, result });
      // Also where all was over at once.
      expect(resumed.writes ?? '').not.toMatch(/ of 0 /);
      expect(cloud.isThere('proof')).toBe(false);
    }
  });
});

test('a place without CloudFormation says of each proof that it is only on AWS', async () => {
  for (let run = 0; run < experiment.runs; run += 1)
    expect(await prove(run, labOf())).toEqual({ proof: expect.stringMatching(/^\d\. /), result: 'only on AWS' });
});
