import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { alarmCatalogue } from '../../infra/reconciler/alarm-catalogue.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { createQuietSandbox } from '../quiet-sandbox.ts';
import { shared } from '../shared.ts';
import { file, inSandbox, orders, run } from './rig.ts';
import { rehearsals } from './runbook-causes.ts';

/*
 * The beginning of docs/runbook.md, rehearsed: each cause is brought about in one sandbox, and the command that the row names, typed as it
 * stands in the document, has to say what the row quotes. While nothing is wrong it must not say so.
 */

const text = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const [, chapter = ''] = /^## Start here, by symptom\n([\s\S]*?)^## /m.exec(text) ?? [];

const symptoms = chapter
  .split(/^### /m)
  .slice(1)
  .map((section) => {
    const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(section) ?? [];
    return {
      title: section.split('\n')[0] ?? '',
      commands: [...block.matchAll(/^npx --no -- rds-target (.+)$/gm)].map(([, typed = '']) => typed),
      quotations: [...section.matchAll(/^\|.*?`([a-z-]+)`: `([^`]+)`/gm)].map(([, command = '', says = '']) => ({
        command,
        says,
      })),
    };
  });

const rows = symptoms.flatMap(({ title, commands, quotations }) =>
  quotations.map(({ command, says }) => ({
    title,
    quotation: `${command}: ${says}`,
    says,
    typed: commands.find((one) => one.startsWith(`${command} `)),
  })),
);

let sandbox: Sandbox;
const known = new Map<string, string>();

shared(
  async () => {
    sandbox = await createQuietSandbox({
      kind: 'cluster',
      config: (config) => ({ ...config, timings: { ...config.timings, watchMs: 4000, settleMs: 1500 } }),
    });
    // It fires, and wakes the function only when a test does: what is broken stays so until it is put right.
    sandbox.eventBridge.schedule(
      'orders-drift',
      60_000,
      () => {},
      'arn:aws:lambda:eu-central-1:123456789012:function:orders-drift',
    );
    sandbox.eventBridge.rule('orders-drift')?.firedAt.push(sandbox.clock.elapsed());
    file('databases.json', [
      {
        ...orders,
        database: { kind: 'cluster', id: 'orders' },
        targetGroupArn: sandbox.targetGroup.arn,
        reconcile: { watchSeconds: 1 },
      },
    ]);
    const typed = [...new Set(rows.flatMap((row) => row.typed ?? []))];
    await Promise.all(typed.map(async (one) => known.set(one, await shownBy(one))));
  },
  () => sandbox?.close(),
);

/** What a person reads, whatever the width of the terminal. HOST and port are the load balancer's. */
async function shownBy(typed: string): Promise<string> {
  const { loadBalancer } = sandbox;
  const protocol = typed.endsWith(' 3306') ? 'mysql' : 'postgres';
  const words = typed.replace(
    / HOST \d+/,
    ` ${loadBalancer.host} ${loadBalancer.port} --protocol ${protocol} --timeout 1`,
  );
  const { out, err } = await run(words.split(' '), inSandbox(sandbox));
  return (out + err).replace(/\s+/g, ' ');
}

describe('the runbook, by symptom,', () => {
  test('begins the document, and leads to a cause in three commands at most', () => {
    expect(text.split(/^## /m)[1]?.split('\n')[0]).toBe('Start here, by symptom');
    for (const { title, commands, quotations } of symptoms) {
      expect(commands.length, title).toBeGreaterThanOrEqual(1);
      expect(commands.length, title).toBeLessThanOrEqual(3);
      expect(quotations.length, title).toBeGreaterThanOrEqual(1);
    }
  });

  test('quotes only what is rehearsed, of commands that it names', () => {
    expect(rows.filter(({ typed }) => typed === undefined)).toEqual([]);
    const rehearsed = Object.values(rehearsals).flatMap(({ shows }) => shows);
    expect([...new Set(rows.map(({ quotation }) => quotation))].sort()).toEqual(rehearsed.sort());
  });

  test('knows every alarm', () => {
    for (const { name } of Object.values(alarmCatalogue)) expect(chapter).toContain(`\`${name}\``);
  });

  test.each(Object.entries(rehearsals))('%s', async (_, { cause, shows }) => {
    const told = rows.filter(({ quotation }) => shows.includes(quotation));
    const undo = await cause(sandbox);
    try {
      const shown = new Map<string, string>();
      const typed = [...new Set(told.flatMap((row) => row.typed ?? []))];
      await Promise.all(typed.map(async (one) => shown.set(one, await shownBy(one))));
      for (const { says, typed: one = '' } of told) {
        expect(known.get(one), 'while all is well').not.toContain(says);
        expect(shown.get(one)).toContain(says);
      }
    } finally {
      await undo();
    }
  });
});
