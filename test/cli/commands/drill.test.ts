import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { createQuietSandbox } from '../../quiet-sandbox.ts';
import { shared } from '../../shared.ts';
import { type Environment, file, home, inSandbox, orders, run, runBuilt, start, widest } from '../rig.ts';

/* The command against a sandbox on the wire. */

let sandbox: Sandbox;
let env: Environment;
let endpoint: string[];

shared(
  async () => {
    sandbox = await createQuietSandbox();
    env = inSandbox(sandbox);
    const reconcile = { dnsServers: [sandbox.dns.address], settleSeconds: 1, watchSeconds: 4 };
    file('databases.json', [{ ...orders, targetGroupArn: sandbox.targetGroup.arn, reconcile }]);
    endpoint = ['--endpoint', `${sandbox.loadBalancer.host}:${sandbox.loadBalancer.port}`];
  },
  () => sandbox?.close(),
);

const failovers = () => sandbox.api.calls().filter(({ action }) => action === 'RebootDBInstance').length;

describe('rds-target drill', () => {
  test.each([
    [['--yes', 'order'], /"order" is not "orders": nothing was failed over/],
    [[], /the name cannot be typed: standard input is no terminal\nNext: in a script, pass --yes orders/],
    // Before the name is asked for.
    [['--endpoint', 'db:port'], /--endpoint is "db:port"; allowed: HOST or HOST:PORT/],
    [['--yes', 'orders', '--stable', '0'], /number\s+from\s+1\s+to\s+600/],
    [['--yes', 'orders', '--stable', '60', '--deadline', '60'], /--stable 60 is not below --deadline 60/],
    [['--yes', 'orders', '--deadline', 'soon'], /number\s+from\s+10\s+to\s+3600/],
    [['--yes', 'orders', '--report', 'databases.json/x.html'], /report cannot be written.*name another file/s],
  ])('with %j is a wrong usage, and nothing is failed over', async (args, message) => {
    const before = failovers();
    const { code, out, err } = await run(['drill', 'orders', ...args], env);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(failovers()).toBe(before);
  });

  test('is refused while the functions pause: nothing would repair the group', async () => {
    const before = failovers();
    await run(['pause', 'orders', '--for', '30m'], env);
    const { code, out, err } = await run(['drill', 'orders', '--yes', 'orders', ...endpoint], env);
    await run(['resume', 'orders'], env);
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(/^refused: The functions are paused until .*rds-target\s+resume/s);
    expect(failovers()).toBe(before);
  });

  test('wants the name of the database, also where a function was named', async () => {
    const { code, err } = await run(['drill', '--function', 'orders-drift', '--yes', 'orders-drift'], env);
    expect(code).toBe(2);
    expect(err).toContain('"orders-drift" is not "orders": nothing was failed over\nNext: type');
    const typed = await run(['drill', '--function', 'orders-drift', '--yes', 'orders'], env);
    // The next thing that is wrong: the name of a sandbox's load balancer leads nowhere.
    expect(typed.err).toMatch(/^refused: The endpoint does not serve/);
    expect(failovers()).toBe(0);
  });

  test('refuses with 3 and the reason, and finds the endpoint by itself', async () => {
    const { code, out, err } = await run(['drill', 'orders', '--yes', 'orders'], env);
    expect({ code, out }).toEqual({ code: 3, out: '' });
    // The name of a sandbox's load balancer leads nowhere.
    expect(err).toMatch(/^refused: The endpoint does not serve: .*orders.*elb.*--endpoint\s+HOST:PORT/s);
    expect(failovers()).toBe(0);
  });

  test('connects to a host without a port on that of the listener: the database’s own may be another database’s there', async () => {
    const subnets = ['a', 'b'].map((zone, index) => ({ id: `subnet-0000000${index}`, zone: `eu-central-1${zone}` }));
    const vpc = { id: 'vpc-00000001', cidr: '10.0.0.0/16', subnets };
    const database = { ...orders.database, port: 5432 };
    const reconcile = { dnsServers: [sandbox.dns.address] };
    file('listener.json', [{ ...orders, database, vpc, reconcile, endpointService: { listenerPort: 1 } }]);
    const args = ['--databases', 'listener.json', '--endpoint', '127.0.0.1', '--yes', 'orders'];
    const { code, err } = await run(['drill', 'orders', ...args], env);
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('127.0.0.1:1') });
  });

  test.each(['SIGINT', 'SIGHUP'] as const)(
    'ends at %s with what was measured, and fails nothing over when it comes before',
    async (signal) => {
      const report = `${signal}.html`;
      rmSync(join(home, report), { force: true });
      const { child, ended } = start(
        ['drill', 'orders', '--yes', 'orders', '--stable', '600', '--report', report, ...endpoint],
        env,
      );
      let said = '';
      child.stderr?.on('data', (text) => {
        said += text;
      });
      await vi.waitFor(() => expect(said).toContain('DNS changes'), { timeout: 60_000 });
      child.kill(signal);
      const { code, out, err } = await ended;
      expect(code, err).toBe(1);
      expect(err).toContain('Ctrl-C again ends at once');
      expect(out).toContain('interrupted before the failover: nothing was failed over');
      expect(existsSync(join(home, report))).toBe(true);
      expect(failovers()).toBe(0);
    },
  );

  test('fails over, prints the timeline, and writes the report with JSON next to it', async () => {
    const args = ['drill', 'orders', '--yes', 'orders', '--stable', '1.5', '--report', 'drill.html', ...endpoint];
    const { code, out, err } = await runBuilt(args, env);
    expect(code, `${out}${err}`).toBe(0);
    expect(out).toMatch(/timeline +at +takes/);
    expect(out).toMatch(/DNS changes: 10\.0\.2\.10/);
    expect(out).toContain('PASS: the group holds the writer');
    expect(widest(out)).toBeLessThanOrEqual(80);
    expect(widest(err.replace(/^.*drill\.(?:html|json)$/gm, ''))).toBeLessThanOrEqual(80);
    expect(readFileSync(join(home, 'drill.html'), 'utf8')).toContain('<h1>Failover drill: orders</h1>');
    const record = JSON.parse(readFileSync(join(home, 'drill.json'), 'utf8'));
    expect(record).toMatchObject({ outcome: 'recovered', probe: 'tcp', problems: [] });
    expect(JSON.stringify(record)).not.toContain(env.AWS_SECRET_ACCESS_KEY);
    expect(failovers()).toBe(1);
  });
});
