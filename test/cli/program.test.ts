import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { programOf } from '../../cli/program.ts';
import { ioOf } from '../../cli/terminal/io.ts';
import { bare, file, home, orders, run, runBuilt, widest } from './rig.ts';
import { runHere } from './terminal.ts';

/* What a new user gets wrong before anything is asked of AWS. Nothing here reaches a network. */

const group = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/orders/0123456789abcdef';

beforeAll(() => {
  file('databases.json', [
    { ...orders, targetGroupArn: group },
    { ...orders, name: 'billing', targetGroupArn: group.replace('orders', 'billing') },
  ]);
  const examples = join(import.meta.dirname, '../../examples');
  file('gateway.json', readFileSync(join(examples, 'resource-gateway.json'), 'utf8'));
  file('shared.json', readFileSync(join(examples, 'shared-endpoint-service.json'), 'utf8'));
  file('broken.json', '{"databases": [');
  file('wrong.json', [{ ...orders, targetGroupArn: group, regoin: 'x' }]);
});

const usage: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['statsu'], /unknown command 'statsu'.*Did you mean status\?.*rds-target --help/s],
  [['status', 'ordres'], /databases\.json has no database "ordres"; did you mean "orders"\?/],
  [['status', 'zzz'], /has no database "zzz"\. It has orders, billing\./],
  [['status'], /which database\? databases\.json has orders, billing/],
  [['plan', 'orders', 'billing'], /too many arguments.*rds-target plan --help/s],
  [
    ['plan', 'orders', '--databases', 'nowhere.json'],
    /no nowhere\.json in this directory.*--databases FILE.*--function NAME.*--sandbox/s,
  ],
  [['plan', 'orders', '--databases', 'broken.json'], /broken\.json has 1 problem.*not JSON/s],
  [['plan', 'orders', '--databases', 'wrong.json'], /\$\[0\]\.regoin is "x"; allowed: only these keys/],
  [
    ['status', 'reports', '--databases', 'gateway.json'],
    /gives reports "access": "resource-gateway", so it has\s+neither functions.*connect-check/s,
  ],
  ...['status', 'check', 'fleet'].map(
    (command) =>
      [
        [command, 'vendors', '--databases', 'shared.json'],
        /"vendors" is a load balancer in shared\.json, and no database\s+Next: name a database behind it: orders, orders-readers, billing/,
      ] as const,
  ),
  [
    ['status', 'v*', '--databases', 'shared.json'],
    /"v\*" matches in shared\.json only load balancers \(vendors\), and no\s+database\s+Next: name a database behind it: orders, orders-readers, billing/,
  ],
  [['fleet', 'ordres'], /databases\.json has no database "ordres"; did you mean "orders"\?/],
  [['status', 'orders', '--all'], /give a database \("orders"\) or --all, not both/],
  [['doctor', '--all', '--function', 'orders-drift'], /give --all or --function \("orders-drift"\), not both/],
  [['resync', 'orders*', '--function', 'orders-drift'], /give a pattern \("orders\*"\) or --function/],
  [
    ['status', 'ordres*'],
    /no database in databases\.json matches "ordres\*"; allowed: a name, in\s+which \* stands.*orders, billing/s,
  ],
  [['events', '--all', '--since', 'monday'], /'monday' is invalid.*90m, 12h, 7d/s],
  [['status', '--all', '--region', 'Frankfurt'], /--region is "Frankfurt"; allowed/],
  [['status', 'b*', '--sandbox'], /no database in the sandbox matches "b\*"/],
  [['connections', 'orders', 'accept', '4444'], /"4444" names no endpoint; allowed: vpce-… or an account/],
  [['connections', 'reject', 'vpce-xyz'], /"vpce-xyz" names no endpoint; allowed/],
  [['drill', '--all'], /unknown option '--all'/],
  [['fleet', 'ordres*'], /no database in databases\.json matches "ordres\*"/],
  [['fleet', '--since', 'monday'], /'monday' is invalid.*90m, 12h, 7d/s],
  [['fleet', '--html'], /argument missing/],
  [['fleet', '--function', 'orders-drift'], /unknown option '--function'/],
  [['plan', '--databases'], /argument missing/],
  [['resync', 'orders', '--function', 'orders-drift'], /give a database \("orders"\) or\s+--function/],
  [['resync', '--function'], /argument missing/],
  [['resync', '--function', 'orders drift'], /--function is "orders drift"; allowed: the name of a function, .*ARN/s],
  [['events', '--function', group], /--function is\s+"arn:aws:elasticload.*DriftFunction and FailoverFunction/s],
  [['doctor', 'orders', '--region', 'Frankfurt'], /--region is "Frankfurt"; allowed: a Region like eu-central-1/],
  [['doctor', 'orders', '--regoin', 'eu-central-1'], /unknown option '--regoin'.*Did you mean --region\?/s],
  [['doctor', 'orders', '--profil', 'x'], /unknown option '--profil'.*Did you mean --profile\?/s],
  [['status', 'orders', '--locla'], /Did you mean --local\?/],
  [['status', 'orders', '--sandbx'], /Did you mean --sandbox\?/],
  [['status', 'orders', '--jsn'], /Did you mean --json\?/],
  [['status', 'orders', '--watch', 'often'], /'often' is invalid.*number from 1 to 3600/s],
  [['status', 'billing', '--sandbox'], /the sandbox has one database, "orders", and not\s+"billing"/],
  [['status', '--sandbox', '--function', 'x-drift'], /'--sandbox' cannot be used with option\s+'--function <name>'/],
  [['drill', '--sandbox', '--endpoint', 'db:1'], /'--sandbox' cannot be used with option\s+'--endpoint <host:port>'/],
  [['drill', 'orders', '--load-balancer', 'slow'], /--load-balancer is for the sandbox alone.*add --sandbox/s],
  [['drill', '--sandbox', '--load-balancer', 'fast'], /'fast' is invalid.*aws, slow, ideal/s],
  [['drill', '--sandbox', '--ca', 'ca.pem'], /'--sandbox' cannot be used with option\s+'--ca <file>'/],
  [
    ['drill', 'orders', '--unverified-server', '--ca', 'ca.pem'],
    /'--unverified-server' cannot be used with\s+option\s+'--ca <file>'/,
  ],
  [['events', 'orders', '--since', 'yesterday'], /'yesterday' is invalid.*90m, 12h, 7d/s],
  [['events', 'orders', '--since', '30d'], /RDS keeps its events for 14\s+days/],
  ...['2', '25h', '30s', '-1h', '0m', '1h90', ''].map(
    (time) => [['pause', 'orders', '--for', time], /is invalid\. It must be a time from\s+1m\s+to 24h/] as const,
  ),
  [['pause', 'orders'], /--for is missing; allowed: how long.*\nNext: rds-target pause --help/],
  [['pause', 'orders', '--for', '2h', '--local'], /unknown option '--local'/],
  [
    ['pause', '--function', 'orders-drift:live', '--for', '2h'],
    /names a version or alias.*Next: pass the function's plain/s,
  ],
  [['resume', 'ordres'], /did you mean "orders"\?/],
  [['completion', 'fsh'], /Allowed\s+choices are bash, zsh, fish/],
  [['completion'], /missing required argument 'shell'/],
];

describe('a command line that is wrong', () => {
  test('is refused with what is allowed, with exit code 2, and nothing on standard output', async () => {
    for (const [index, [args, message]] of usage.entries()) {
      // The first two also as a user has it: a refusal of commander's, and one of ours.
      const { code, out, err } = await (index < 2 ? runBuilt : run)(args, bare);
      expect(err, args.join(' ')).toMatch(message);
      expect({ code, out }, args.join(' ')).toEqual({ code: 2, out: '' });
      expect(err).not.toContain('    at ');
      // ARNs stay whole, for copying.
      expect(widest(err.replace(/"arn:\S+/g, 'arn')), args.join(' ')).toBeLessThanOrEqual(80);
    }
  });
});

test('the AWS SDK says nothing of its own about the version of Node', async () => {
  const version = "Object.defineProperty(process,'version',{value:'v20.20.2'})";
  const old = { ...bare, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(version)}` };
  const { code, err } = await runBuilt(['status', 'orders'], old);
  expect(code).toBe(1);
  expect(err).toMatch(/^error: there are no AWS credentials/);
  expect(err).not.toContain('Warning');
});

describe('help', () => {
  const commands = [
    'status',
    'plan',
    'resync',
    'doctor',
    'fleet',
    'pause',
    'resume',
    'events',
    'drill',
    'connections',
    'connect-check',
    'completion',
  ];

  test('fits 80 columns, and names every command and exit code', async () => {
    const help = await runBuilt(['--help'], bare);
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const command of commands) expect(help.out).toContain(command);
    for (const code of ['0  in sync', '1  a fault', '2  the command line', '3  drift, waiting, held'])
      expect(help.out).toContain(code);
    const each = await Promise.all(commands.map((command) => run([command, '--help'], bare)));
    for (const { code, out } of [help, ...each]) {
      expect(code).toBe(0);
      expect(widest(out)).toBeLessThanOrEqual(80);
    }
  });
});

describe('completion', () => {
  const words = async (...typed: string[]) =>
    (await run(['completion', 'words', '--', ...typed], bare)).out.trim().split('\n');

  test('knows commands, the databases of the file, options and their values', async () => {
    expect(await words('')).toEqual(expect.arrayContaining(['status', 'resync', 'completion', '--help']));
    expect(await words('status', '')).toEqual(['orders', 'billing']);
    expect(await words('status', '--json', 'o')).toEqual(['orders', 'billing']);
    expect(await words('status', 'orders', '')).toEqual(['']);
    expect(await words('status', 'orders', '--')).toEqual(expect.arrayContaining(['--watch', '--all', '--region']));
    expect(await words('events', '--since', '')).toContain('7d');
    expect(await words('status', '--databases', 'nowhere.json', '')).toEqual(['']);
    expect(await words('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(await words('connections', '')).toEqual(['orders', 'billing', 'accept', 'reject']);
    expect(await words('connections', 'orders', '')).toEqual(['accept', 'reject']);
    expect(await words('connections', 'orders', 'accept', '')).toEqual(['']);
  });

  test('prints a script for zsh and for fish that asks the command for the words', async () => {
    const zsh = (await run(['completion', 'zsh'], bare)).out;
    // In a shell without completion turned on there would be no compdef.
    expect(zsh).toMatch(/^\(\( \$\+functions\[compdef\] \)\) \|\| \{ autoload -Uz compinit && compinit -i \}$/m);
    expect(zsh).toMatch(/rds-target completion words -- "\$\{\(@\)words\[2,CURRENT\]\}"/);
    expect(zsh).toMatch(/^compdef _rds_target rds-target$/m);
    const fish = (await run(['completion', 'fish'], bare)).out;
    expect(fish).toContain("-a '(rds-target completion words -- (commandline -opc)[2..-1] (commandline -ct))'");
    expect(fish).toMatch(/^complete -c rds-target -l databases -r -F$/m);
  });

  test('completes in a real bash', () => {
    const bin = join(home, 'bin');
    rmSync(bin, { recursive: true, force: true });
    mkdirSync(bin);
    const built = join(import.meta.dirname, '../../dist/cli/rds-target.mjs');
    chmodSync(built, 0o755);
    symlinkSync(built, join(bin, 'rds-target'));
    symlinkSync(process.execPath, join(bin, 'node'));
    const script = `
      source <(rds-target completion bash)
      complete -p rds-target
      COMP_WORDS=(rds-target status b) COMP_CWORD=2; _rds_target; echo "\${COMPREPLY[@]}"
      COMP_WORDS=(rds-target re) COMP_CWORD=1; _rds_target; echo "\${COMPREPLY[@]}"`;
    const said = execFileSync('bash', ['--norc', '-c', script], {
      cwd: home,
      env: { ...bare, PATH: `${bin}:${bare.PATH}` },
      encoding: 'utf8',
    });
    expect(said.trim().split('\n')).toEqual([
      'complete -o default -F _rds_target rds-target',
      'billing',
      'resync resume',
    ]);
  });
});

const { commands } = await programOf(ioOf(process));

test('the list of all commands, which loads none of them, describes each as it does itself', async () => {
  const listed = await programOf(ioOf(process), ['--help']);
  const described = (all: readonly Command[]) => all.map((command) => [command.name(), command.description()]);
  expect(described(listed.commands)).toEqual(described(commands));
  expect(listed.commands.flatMap((command) => command.options)).toEqual([]);
});

const options = commands.flatMap((command) => command.options.map(({ long }) => [command.name(), long ?? ''] as const));

test.each(commands.map((command) => command.name()))('%s: a typo in its name', async (name) => {
  const { code, out, err } = await runHere([name.slice(0, -1)]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(`Did you mean ${name}?`);
});

test.each(options)('%s: a typo in %s', async (command, option) => {
  const { code, out, err } = await runHere([command, option.slice(0, -1)]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(`Did you mean ${option}?`);
  expect(err).toContain(`Next: rds-target ${command} --help`);
});

test('all options of all commands are tried', () => {
  expect(commands.length).toBeGreaterThanOrEqual(9);
  expect(options.length).toBeGreaterThan(50);
});
