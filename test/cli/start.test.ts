import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CommanderError } from 'commander';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { startRequestOf } from '../../cli/start-options.ts';
import { outsideOf } from './terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const main = join(import.meta.dirname, '../../cli/start.ts');

function start(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { env: { ...process.env, NO_COLOR: '1', TMPDIR: folder } },
      (_error, out, err) => {
        resolve({ code: child.exitCode, out, err });
      },
    );
  });
}

describe('npm start', () => {
  test('fails a real PostgreSQL over, with every event lost, a flapping name, a late API and a silent host, and loses no acknowledged write', {
    timeout: 90_000,
  }, async () => {
    const { code, out, err } = await start(
      '--database',
      'cluster',
      '--lose-events',
      '--flap',
      '--api-lag',
      '60',
      '--speed',
      '20',
      '--seed',
      '3',
      '--load-balancer',
      'ideal',
      '--json',
    );
    expect(code, err).toBe(0);
    const result = JSON.parse(out);
    expect(result.problems).toEqual([]);
    expect(result.timeline.find(({ name }: { name: string }) => name === 'first write').atMs).toBeGreaterThan(0);
    expect(result.writes).toMatchObject({ lost: [] });
    expect(result.writes.found).toBe(result.writes.acknowledged);
    expect(result.client.outages.length).toBeGreaterThanOrEqual(1);
    expect(result.targets).toEqual([`${result.writer} healthy`]);
  });

  test("tells one story on AWS's clock; with --keep it stays up, and the file that it names brings another shell to it", {
    timeout: 90_000,
  }, async () => {
    const report = join(folder, 'reports', 'drill.html');
    const env = { ...process.env, NO_COLOR: '1', TMPDIR: folder };
    const args = [main, '--load-balancer', 'ideal', '--report', report, '--keep'];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'exit');
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => {
      out += text;
    });
    try {
      for await (const text of child.stderr) {
        err += text;
        if (err.includes('/allow/')) break;
      }
      await vi.waitFor(() => expect(out).toContain('PASS: the group holds the writer'), { timeout: 30_000 });
      expect(err).toContain(report);
      expect(readFileSync(report, 'utf8')).toContain('<h1>Failover drill: orders</h1>');
      const record = JSON.parse(readFileSync(join(folder, 'reports', 'drill.json'), 'utf8'));
      expect(record).toMatchObject({ probe: 'postgres', place: 'sandbox' });
      for (const part of [
        'SANDBOX, not AWS: PostgreSQL 18.',
        'outage: the writer at',
        'promoted: the writer is now at',
        'DNS changes',
        'is registered',
        'is healthy',
        'writes are back after',
        'RDS-EVENT-0013',
        'timeline',
        'PASS: the group holds the writer',
      ]) {
        expect(out).toContain(part);
        expect(err, 'nothing is told twice').not.toContain(part);
      }
      expect(out).toContain(`${(record.client.secondsWithoutWrites * 20).toFixed(2)} s without writes`);
      const file = /source (\S+)/.exec(err)?.[1] ?? '';
      const shell = (line: string) =>
        promisify(execFile)('bash', ['-c', `source ${file}; ${line}`]).then(({ stdout }) => stdout);
      expect(await shell('rds-target status --function $DRIFT')).toMatch(/^orders {2}in sync/);
      const early = join(folder, 'early.html');
      const typed = `rds-target drill --function $DRIFT --endpoint $ENDPOINT --yes orders --stable 600 --report ${early}`;
      const again = spawn('bash', ['-c', `source ${file}; ${typed}`], { detached: true, stdio: [null, null, 'pipe'] });
      for await (const text of again.stderr)
        if (String(text).includes('DNS changes')) process.kill(-(again.pid ?? Number.NaN), 'SIGINT');
      const second = JSON.parse(readFileSync(early.replace('html', 'json'), 'utf8'));
      expect(second).toMatchObject({
        probe: 'postgres',
        outcome: 'interrupted',
        client: { failed: 0 },
        writes: { lost: [] },
      });
      expect(second.settings).toContainEqual({ name: 'server verified', value: 'yes, by TLS' });
      const password = (await shell('cat $PGPASSFILE')).trim().split(':').at(-1) ?? '';
      expect(password).toMatch(/^[\w-]{32}$/);
      expect(statSync(file).mode & 0o077).toBe(0);
      // What the shell hands on to every command, prints and reports.
      for (const text of [
        await shell('env; echo $DATABASE_URL $WRITER_URL'),
        out,
        err,
        JSON.stringify([record, second]),
      ])
        expect(text).not.toContain(password);
      expect(await shell('curl -sX POST $SANDBOX/deny/elasticloadbalancing:RegisterTargets')).toContain(
        'RegisterTargets',
      );
      expect(Math.max(...err.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
      child.kill('SIGINT');
      expect(await ended).toEqual([130, null]);
      expect(existsSync(file)).toBe(false);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('looks whether it can write the report before anything is started', async () => {
    const { code, out, err } = await start('--report', join(main, 'drill.html'));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^error: the report cannot be written to\s.*\nNext: name another file with --report/s);
  });

  test.each([
    [['--database', 'oracle'], /'oracle' is invalid.*instance, cluster/s],
    [['--speed', 'fast'], /'fast' is invalid.*number from 1 to 50/s],
    [['--speed', '0'], /number from 1 to 50/],
    [['--seed', '1.5'], /whole number/],
    [['--load-balancer', 'fast'], /'fast' is invalid.*aws, slow, ideal/s],
    [['--api-lag', '-3'], /number from 0 to 600/],
    [['--losevents'], /unknown option '--losevents'/],
    [['surprise'], /too many arguments/],
  ])('refuses %j with what is allowed', (args, message) => {
    const { io, ended } = outsideOf({ COLUMNS: '200' });
    expect(() => startRequestOf(args, io)).toThrow(CommanderError);
    const { err, out } = ended();
    expect(err).toMatch(message);
    expect(err).toContain('npm start -- --help');
    expect(out).toBe('');
  });

  test("takes the load balancer's delays from the reports unless it is told otherwise", () => {
    const { io } = outsideOf({ COLUMNS: '200' });
    expect(startRequestOf([], io).options.loadBalancer).toBe('aws');
    expect(startRequestOf(['--load-balancer', 'slow'], io).options.loadBalancer).toBe('slow');
  });

  test('has a failover without a registration where the standby stays in the group', { timeout: 90_000 }, async () => {
    const { code, out, err } = await start('--warm-standby', '--speed', '20', '--load-balancer', 'ideal', '--json');
    expect(code, err).toBe(0);
    const { problems, writes, observations, settings, writer } = JSON.parse(out);
    expect({ problems, lost: writes.lost }).toEqual({ problems: [], lost: [] });
    expect(settings).toContainEqual({ name: 'warm standby', value: 'registered' });
    const registered = observations.flatMap((one: { registered?: readonly string[] }) => one.registered ?? []);
    expect(registered).not.toContain(writer);
  });

  test('fences the old host, as AWS does, unless it is told otherwise', () => {
    const { io } = outsideOf({ COLUMNS: '200' });
    expect(startRequestOf([], io).options.fence).toBe(true);
    expect(startRequestOf(['--no-fence'], io).options.fence).toBe(false);
  });

  test('gives a warm standby to an instance alone, and a probe to both kinds', () => {
    const { io, ended } = outsideOf({ COLUMNS: '200' });
    expect(startRequestOf(['--warm-standby', '--probe'], io).options).toMatchObject({ probe: true, warmStandby: true });
    expect(startRequestOf(['--database', 'cluster', '--probe'], io).options).toMatchObject({ probe: true });
    expect(startRequestOf([], io).options).toMatchObject({ probe: false, warmStandby: false });
    expect(() => startRequestOf(['--database', 'cluster', '--warm-standby'], io)).toThrow(CommanderError);
    expect(ended().err).toContain('--warm-standby is for --database instance; allowed for a cluster: --probe');
  });

  test('refuses with exit code 2, before anything is started', async () => {
    const { code, out, err } = await start('--losevents');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^error: unknown option '--losevents'/);
  });
});
