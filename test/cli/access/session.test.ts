import { ElasticLoadBalancingV2Client, RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { settingsFor } from '../../quiet-sandbox.ts';
import { shared } from '../../shared.ts';
import { bare, type Environment, file, inSandbox, orders, run, runBuilt, startPatient, widest } from '../rig.ts';

/* The command against a sandbox on the wire: the deployed functions, and each part of AWS stopped in turn. */

let sandbox: Sandbox;

let env: Environment;

shared(
  async () => {
    sandbox = await startPatient();
    env = inSandbox(sandbox);
    const reconcile = { dnsServers: [sandbox.dns.address], settleSeconds: 5 };
    file('databases.json', [{ ...orders, targetGroupArn: sandbox.targetGroup.arn, reconcile }]);
  },
  () => sandbox?.close(),
);

afterEach(() => {
  sandbox.faults.clear();
  sandbox.database.dns.override('all', undefined);
});

const stranger = { Id: '10.0.3.77', Port: 5432 };

/** Another client registers a foreign address. */
const drift = () =>
  new ElasticLoadBalancingV2Client(settingsFor(sandbox)).send(
    new RegisterTargetsCommand({ TargetGroupArn: sandbox.targetGroup.arn, Targets: [stranger] }),
  );

const held = () => sandbox.targetGroup.targets().map(({ ip }) => ip);

describe('an operator asks the deployed function', () => {
  test('and reads that the group is in sync, within 80 columns and without colour in a pipe', async () => {
    const { code, out, err } = await runBuilt(['status'], env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^orders {2}in sync\n/);
    expect(out).toMatch(/10\.0\.1\.10:5432 +healthy +writer/);
    expect(out).toContain('orders-drift in eu-central-1');
    expect(out).not.toContain('\u001b');
    expect(widest(out)).toBeLessThanOrEqual(80);
  });

  test('by the name of a function, and by its ARN without any other Region', async () => {
    const { AWS_REGION: _, ...elsewhere } = env;
    expect((await run(['plan', '--function', 'orders-failover'], env)).out).toContain('nothing to do');
    const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:orders-drift';
    expect(await run(['plan', '--function', arn], elsewhere)).toMatchObject({ code: 0, err: '' });
  });

  test('in colour when it is asked for, and never against NO_COLOR', async () => {
    expect((await run(['status'], { ...env, FORCE_COLOR: '1' })).out).toContain('\u001b[32min sync');
    expect((await run(['status'], { ...env, FORCE_COLOR: '1', NO_COLOR: '1' })).out).not.toContain('\u001b');
  });

  test('and gets the report itself as JSON', async () => {
    const { out } = await run(['status', 'orders', '--json'], env);
    expect(JSON.parse(out)).toMatchObject({
      database: 'orders',
      outcome: 'in-sync',
      trigger: { kind: 'manual', action: 'status' },
      targets: [{ target: '10.0.1.10:5432', state: 'healthy' }],
    });
  });

  test('after another client has changed the group: drift is seen, planned and corrected', async () => {
    await drift();
    const status = await run(['status'], env);
    expect(status.code).toBe(3);
    expect(status.out).toMatch(/^orders {2}drift \(0 to register, 1 to deregister\)/);
    expect(status.out).toMatch(/10\.0\.3\.77:5432 +\w+ +not wanted/);
    const plan = await runBuilt(['plan'], env);
    expect(plan.code).toBe(3);
    expect(plan.out).toMatch(/- +deregister +10\.0\.3\.77:5432/);
    expect(held()).toContain(stranger.Id);
    const resync = await run(['resync'], env);
    expect(resync).toMatchObject({ code: 0, err: '' });
    expect(resync.out).toMatch(/corrected .*now in sync/);
    expect(held()).toEqual(['10.0.1.10']);
  });

  test('and has every check listed, with what to do where one failed: here there is no schedule', async () => {
    const { code, out, err } = await runBuilt(['doctor'], env);
    expect({ code, err }).toEqual({ code: 3, err: '' });
    expect(out).toMatch(/ok +target-healthy/);
    expect(out).toMatch(
      /^FAILED +rules-enabled +orders-drift: no rule.*wrong: .*do: .*see: docs\/runbook\.md#rules-enabled/s,
    );
    expect(out).toMatch(
      /\d+ ok, 1 failed, \d+ not checked\n {2}seen from orders-failover and orders-drift\n {2}failed: rules-enabled/,
    );
    expect(widest(out)).toBeLessThanOrEqual(80);
  });
});

describe('the writer is down', () => {
  test('and every command says that no consumer is served, and does not exit with 0', async () => {
    const { targetGroup, database, network } = sandbox;
    const { ip, port } = database.writer();
    const becomes = (state: string) =>
      vi.waitFor(() => expect(targetGroup.targets().map((target) => target.state)).toEqual([state]), {
        timeout: 20_000,
      });
    const localPort = network.locate(ip, port) ?? 0;
    network.detach(ip, port);
    await becomes('unhealthy');
    for (const command of ['status', 'plan', 'resync']) {
      const { code, out } = await run([command], env);
      expect(out, command).toMatch(/^orders {2}in sync, NO HEALTHY TARGET\n/);
      expect(code, command).toBe(3);
      expect(out).toContain('next: docs/runbook.md#no-healthy-target');
      expect(widest(out)).toBeLessThanOrEqual(80);
    }
    network.attach(ip, port, localPort);
    await becomes('healthy');
  });
});

describe('an operator looks with --local', () => {
  test('by the file, and by what the function is configured with', async () => {
    for (const args of [['status'], ['status', '--function', 'orders-drift']]) {
      const before = sandbox.functions.drift.results().length;
      const { code, out, err } = await run([...args, '--local'], env);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('this machine (--local)');
      expect(sandbox.functions.drift.results()).toHaveLength(before);
    }
  });

  test('and has every check listed but those that only the function can answer, also when there is no function', async () => {
    const here = await run(['doctor', '--local'], env);
    expect(here).toMatchObject({ code: 3, err: '' });
    expect(here.out).toMatch(/ok +group-type-ip/);
    expect(here.out).toMatch(/ok +alarms-exist/);
    expect(here.out).toMatch(/not checked +writer-accepts-connections/);
    expect(here.out).toMatch(/FAILED +rules-enabled/);
    sandbox.faults.add({ action: 'GetFunctionConfiguration', kind: 'error', code: 'AccessDenied', status: 403 });
    const without = await run(['doctor', '--local'], env);
    // The rules are found by the function's ARN, which follows from its name and the group's.
    expect(without).toMatchObject({ code: 3, err: '' });
    expect(without.out).toMatch(/FAILED +rules-enabled +orders-drift: no rule/);
    expect(without.out).toMatch(/not checked +database-admits-function/);
    expect(widest(without.out)).toBeLessThanOrEqual(80);
  });

  test('and corrects the group with the own credentials', async () => {
    await drift();
    expect(await runBuilt(['resync', '--local'], env)).toMatchObject({ code: 0 });
    expect(held()).toEqual(['10.0.1.10']);
  });

  test('and is told which permission is missing, as the one who needs it', async () => {
    sandbox.faults.add({ action: 'DescribeDBInstances', kind: 'error', code: 'AccessDenied', status: 403 });
    const { code, err } = await runBuilt(['status', '--local'], env);
    expect(code).toBe(1);
    expect(err).toContain('rds:DescribeDBInstances');
    expect(err).toMatch(/Next: with --local the credentials are yours/);
  });
});

describe('a part of AWS is missing', () => {
  test.each([
    [['--function', 'orders-nope'], /no function orders-nope in eu-central-1\nNext: check the name/],
    [
      ['--region', 'eu-west-1'],
      /no function orders-drift in eu-west-1\nNext: deploy it \(npx --no -- cdk deploy orders\)/,
    ],
    [['--function', 'orders-nope', '--local'], /no function orders-nope/],
  ])('the function (%j)', async (args, message) => {
    const { code, out, err } = await run(['status', ...args], env);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
  });

  test('the RDS API: the answer is held, and why', async () => {
    sandbox.faults.add({ action: 'DescribeDBInstances', kind: 'error', code: 'ServiceUnavailable', status: 503 });
    for (const command of ['status', 'plan', 'resync']) {
      const { code, out } = await run([command], env);
      expect(code, command).toBe(3);
      expect(out).toMatch(/^orders {2}held: TopologyUnavailable/);
      expect(out).toContain('docs/runbook.md#topologyunavailable');
      expect(widest(out)).toBeLessThanOrEqual(80);
    }
    const doctor = await run(['doctor'], env);
    expect(doctor.code).toBe(3);
    expect(doctor.out).toMatch(/FAILED +rds-api-answers/);
    expect(widest(doctor.out)).toBeLessThanOrEqual(80);
  });

  test('DNS: the answer is held', async () => {
    sandbox.database.dns.override('all', { kind: 'servfail' });
    const { code, out } = await run(['status'], env);
    expect(code).toBe(3);
    expect(out).toMatch(/held: AddressUnknown/);
    expect(out).toContain('ESERVFAIL');
  });

  test('the ELB API, which throttles: a fault of the function, with what to do next', async () => {
    sandbox.faults.add({ action: 'DescribeTargetHealth', kind: 'throttle' });
    const { code, out, err } = await run(['status'], env);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/orders-drift failed: .*Throttled/s);
    expect(err).toMatch(/\nNext: /);
    expect((await run(['doctor'], env)).code).toBe(3);
  });

  test.each([
    [
      'AccessDeniedException',
      403,
      'User: arn:aws:iam::1:user/op is not authorized to perform: lambda:InvokeFunction on resource: arn:x',
      /denies lambda:InvokeFunction.*Next: grant lambda:InvokeFunction on arn:x to\s+arn:aws:iam::1:user\/op/s,
    ],
    ['ExpiredTokenException', 403, 'expired', /credentials have expired.*Next: log in again/s],
    ['UnrecognizedClientException', 403, 'invalid', /rejected your credentials.*Next: check the access key/s],
    ['TooManyRequestsException', 429, 'Rate Exceeded.', /throttling lambda:InvokeFunction.*Next: wait/s],
    ['RequestThrottledException', 400, 'Slow down.', /throttling lambda:InvokeFunction.*Next: wait/s],
    ['ServiceException', 500, 'oops', /lambda:InvokeFunction failed: ServiceException/],
  ])("Lambda's API, which answers %s", async (code, status, message, expected) => {
    sandbox.faults.add({ action: 'Invoke', kind: 'error', code, status, message });
    const ended = await run(['status'], env);
    expect(ended).toMatchObject({ code: 1, out: '' });
    expect(ended.err).toMatch(expected);
  });

  test('the connection, which is reset', async () => {
    sandbox.faults.add({ action: 'Invoke', kind: 'reset' });
    const { code, err } = await run(['status'], env);
    expect(code).toBe(1);
    expect(err).toMatch(/could not reach.*Next: check your network/s);
  });
});

describe('a user without credentials', () => {
  test('is told by every command how to get some', async () => {
    const commands = [
      ...['status', 'plan', 'resync', 'doctor', 'events', 'status --local', 'resync --local'],
      ...['drill --yes orders', 'drill --yes orders --endpoint 127.0.0.1:1'],
      'connections --service vpce-svc-0123456789abcdef0 --region eu-central-1',
      'connect-check 127.0.0.1 1 --endpoint-id vpce-0123456789abcdef0 --region eu-central-1',
    ];
    for (const command of commands) {
      const { code, out, err } = await run(command.split(' '), bare);
      expect({ code, out }, command).toEqual({ code: 1, out: '' });
      expect(err, command).toMatch(/there are no AWS credentials.*Next: log in \(aws sso login/s);
    }
  });

  test('is told that the profile is not there', async () => {
    const { code, err } = await runBuilt(['status', '--profile', 'wrok'], bare);
    expect(code).toBe(1);
    expect(err).toMatch(/profile "wrok".*Next: check the name/s);
  });
});
