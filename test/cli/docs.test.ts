import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ElasticLoadBalancingV2Client, RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { settingsFor } from '../quiet-sandbox.ts';
import { file, home, inSandbox, ordersOf, run, scheduledCheck, startPatient, untilKnownLost } from './rig.ts';

/* Every example of docs/command.md is run, in its order, and has to print what the guide shows. */

const guide = readFileSync(join(import.meta.dirname, '../../docs/command.md'), 'utf8');
/** Each example with the text that leads to its block. */
const examples = [...guide.matchAll(/([^`]*)```console\n([\s\S]*?)```/g)].flatMap(([, lead = '', block = '']) =>
  block
    .split(/^\$ rds-target /m)
    .slice(1)
    .map((text, index) => {
      const [line = '', ...shown] = text.trimEnd().split('\n');
      return { line, shown: shown.join('\n'), lead: index === 0 ? lead : '' };
    }),
);

/** What the guide's text says to have happened before an example. */
const before: Readonly<Record<string, (sandbox: Sandbox) => Promise<unknown>>> = {
  'Another program registers a foreign address': (sandbox) =>
    new ElasticLoadBalancingV2Client(settingsFor(sandbox)).send(
      new RegisterTargetsCommand({
        TargetGroupArn: sandbox.targetGroup.arn,
        Targets: [{ Id: '10.0.3.77', Port: 5432 }],
      }),
    ),
  'event was lost, and the schedule corrected the group': async (sandbox) => {
    sandbox.eventBridge.delivery({ loseAll: true });
    await sandbox.database.failover({ cause: 'crash' });
    await scheduledCheck(sandbox);
    await untilKnownLost(sandbox);
  },
  'and is not deployed yet': async (sandbox) => {
    await vi.waitFor(() => expect(sandbox.targetGroup.targets().map(({ state }) => state)).toContain('healthy'), {
      timeout: 60_000,
    });
    const entry = ordersOf(sandbox);
    file('databases.json', [
      entry,
      { ...entry, name: 'billing', targetGroupArn: entry.targetGroupArn.replace('orders', 'billing') },
    ]);
  },
};

/** Times differ from run to run, and so does where lines break around them. */
const steady = (text: string) =>
  text
    .replace(/\d{4}-\d\d-\d\d(T\d\d:\d\dZ)?/g, 'DATE')
    .replace(/\d\d:\d\d:\d\d/g, 'TIME')
    .replace(/\d+\.\d s/g, 'SECONDS')
    .replace(/\b(initial|healthy|unhealthy)\b/g, 'STATE')
    .replace(/\s+/g, ' ')
    .trim();

describe('docs/command.md', () => {
  test('shows what the command prints', async () => {
    expect(examples.length).toBeGreaterThanOrEqual(8);
    const leads = examples.map(({ lead }) => lead).join();
    for (const text of Object.keys(before)) expect(leads).toContain(text);
    // Each attempt has its own: the guide starts from a group that nothing has happened to, and from one file.
    for (const name of readdirSync(home)) rmSync(join(home, name), { recursive: true });
    const sandbox = await startPatient();
    onTestFinished(() => sandbox.close());
    file('databases.json', [ordersOf(sandbox)]);
    for (const { line, shown, lead } of examples) {
      for (const [text, happen] of Object.entries(before)) if (lead.includes(text)) await happen(sandbox);
      const { out, err } = await run(line.split(' '), inSandbox(sandbox));
      expect(steady(out + err), line).toBe(steady(shown));
    }
  });

  test('names every command', async () => {
    const { out } = await run(['completion', 'words', '--', '']);
    const commands = out.split('\n').filter((word) => /^[a-z]/.test(word));
    expect(commands.length).toBeGreaterThanOrEqual(6);
    for (const command of commands) expect(guide).toContain(`| \`${command}\` |`);
  });
});
