import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { shared } from '../shared.ts';
import { file, home, inSandbox, ordersOf, startPatient } from './rig.ts';
import { runHere, widest } from './terminal.ts';

/* Every command against a sandbox whose parts are stopped, one after another. */

let sandbox: Sandbox;
let endpoint: string;

shared(
  async () => {
    sandbox = await startPatient();
    file('databases.json', [ordersOf(sandbox)]);
    endpoint = `${sandbox.loadBalancer.host}:${sandbox.loadBalancer.port}`;
    // AWS's clients read the environment of this process.
    for (const [name, value] of Object.entries(inSandbox(sandbox)))
      if (name.startsWith('AWS_')) vi.stubEnv(name, value);
  },
  async () => {
    vi.unstubAllEnvs();
    await sandbox?.close();
  },
);
afterEach(() => {
  sandbox.faults.clear();
  sandbox.database.dns.override('all', undefined);
});

const fails = (...actions: string[]) => {
  for (const action of actions)
    sandbox.faults.add({ action, kind: 'error', code: 'ServiceUnavailable', status: 503, message: 'down' });
};

const parts: Readonly<Record<string, () => void>> = {
  'the RDS API': () => fails('DescribeDBInstances', 'DescribeEvents'),
  'Elastic Load Balancing': () => fails('DescribeTargetHealth'),
  DNS: () => sandbox.database.dns.override('all', { kind: 'servfail' }),
  Lambda: () => fails('Invoke'),
  'the logs': () => fails('FilterLogEvents'),
};

/** The exit code of each command, and what its text has to say. */
const rows: readonly (readonly [part: string, command: string, code: number, says: RegExp])[] = [
  ['the RDS API', 'status', 3, /held: TopologyUnavailable/],
  ['the RDS API', 'plan', 3, /held: TopologyUnavailable/],
  ['the RDS API', 'resync', 3, /held: TopologyUnavailable/],
  ['the RDS API', 'doctor', 3, /FAILED +rds-api-answers.*do: /s],
  ['the RDS API', 'events', 1, /rds:DescribeEvents failed.*\nNext: /s],
  ['the RDS API', 'drill', 1, /rds:DescribeDBInstances failed.*Next: try again.*your\s+network/s],
  ['Elastic Load Balancing', 'status', 1, /DescribeTargetHealth.*\nNext: /s],
  ['Elastic Load Balancing', 'plan', 1, /DescribeTargetHealth.*\nNext: /s],
  ['Elastic Load Balancing', 'resync', 1, /DescribeTargetHealth.*\nNext: /s],
  ['Elastic Load Balancing', 'doctor', 3, /FAILED +target-group-answers.*do: /s],
  ['Elastic Load Balancing', 'drill', 1, /DescribeTargetHealth.*Next: try again/s],
  ['DNS', 'status', 3, /held: AddressUnknown/],
  ['DNS', 'plan', 3, /held: AddressUnknown/],
  ['DNS', 'resync', 3, /held: AddressUnknown/],
  ['DNS', 'doctor', 3, /FAILED +name-resolves.*do: /s],
  ['DNS', 'drill', 3, /^refused: .*ESERVFAIL/s],
  ['Lambda', 'status', 1, /lambda:InvokeFunction.*\nNext: /s],
  ['Lambda', 'plan', 1, /lambda:InvokeFunction.*\nNext: /s],
  ['Lambda', 'resync', 1, /lambda:InvokeFunction.*\nNext: /s],
  ['Lambda', 'doctor', 1, /lambda:InvokeFunction.*\nNext: /s],
  ['the logs', 'events', 1, /logs:FilterLogEvents.*\nNext: /s],
];

test.each(rows)('without %s, %s', async (part, command, expected, says) => {
  parts[part]?.();
  const more = command === 'drill' ? ['--yes', 'orders', '--endpoint', endpoint] : [];
  const env = inSandbox(sandbox);
  const { code, out, err } = await runHere([command, '--databases', join(home, 'databases.json'), ...more], env);
  expect(out + err).toMatch(says);
  expect(code, out + err).toBe(expected);
  // ARNs stay whole, for copying.
  expect(widest((out + err).replace(/arn:\S+/g, 'arn'))).toBeLessThanOrEqual(80);
  expect(out + err).not.toMatch(/^ +at .*:\d+/m);
  expect(sandbox.api.calls().some(({ action }) => action === 'RebootDBInstance')).toBe(false);
});
