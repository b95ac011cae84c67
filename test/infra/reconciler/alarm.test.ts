import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { databasesFrom } from '../../../infra/config/databases.ts';
import { addressIn, sectionOf } from '../../../infra/reconciler/alarm.ts';
import { root, synthesise } from '../examples-rig.ts';

const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
const sections = [...runbook.matchAll(/^### (.+)$/gm)].map(([, title = '']) => title);

type Alarm = { readonly AlarmName?: string; readonly AlarmDescription: string };
const alarmsIn = (content: string, file: string): readonly Alarm[] => {
  const entries = databasesFrom(content, file);
  const app = synthesise(entries);
  return entries.flatMap((entry) =>
    Object.values(
      app
        .template(entry.stackName ?? [entry.namePrefix, entry.name].filter(Boolean).join('-'))
        .findResources('AWS::CloudWatch::Alarm'),
    ).map(({ Properties }) => Properties),
  );
};

const examples = readdirSync(join(root, 'examples')).filter(
  (file) => file.endsWith('.json') && !file.includes('consumer'),
);

describe('every alarm of every example', () => {
  const alarms = examples.flatMap((file) => alarmsIn(readFileSync(join(root, 'examples', file), 'utf8'), file));

  test('names the command to type and links a section that the runbook has', () => {
    const names = new Set<string>();
    for (const { AlarmName, AlarmDescription } of alarms) {
      expect(AlarmDescription, AlarmName).toMatch(
        /^Severity: (High|Medium|Low)\. .* Run: npx --no -- rds-target [a-z-]+ /,
      );
      const [, anchor = ''] = /#([a-z-]+)/.exec(AlarmDescription) ?? [];
      expect(sections, AlarmDescription).toContain(anchor);
      expect(AlarmName?.endsWith(`-${anchor}`), AlarmName).toBe(true);
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
      names.add(anchor);
    }
    // Those of the acceptance function and of the resource gateway are among them.
    expect([...names].sort()).toEqual(
      expect.arrayContaining(['acceptance-errors', 'gateway-quiet', 'held', 'no-healthy-target']),
    );
  });
});

describe('the runbook is', () => {
  test.each<[object, string | undefined]>([
    [{ repository: 'https://github.com/o/r' }, 'https://github.com/o/r/blob/HEAD/docs/runbook.md'],
    [{ repository: 'git+https://github.com/o/r.git' }, 'https://github.com/o/r/blob/HEAD/docs/runbook.md'],
    [{ repository: { url: 'git+ssh://git@github.com/o/r.git' } }, 'https://github.com/o/r/blob/HEAD/docs/runbook.md'],
    [{ repository: 'git@git.example.com:o/r.git' }, 'https://git.example.com/o/r/blob/HEAD/docs/runbook.md'],
    [{ repository: 'o/r' }, 'https://github.com/o/r/blob/HEAD/docs/runbook.md'],
    [{ repository: 'github:o/r' }, 'https://github.com/o/r/blob/HEAD/docs/runbook.md'],
    [
      { repository: { url: 'https://gitlab.com/a/b/r', directory: 'infra' } },
      'https://gitlab.com/a/b/r/-/blob/HEAD/infra/docs/runbook.md',
    ],
    [{ repository: {} }, undefined],
    [{}, undefined],
  ])('in the repository that package.json names: %j', (manifest, expected) => {
    expect(addressIn(manifest)).toBe(expected);
  });

  test('where the operator says; without any address the text says where the file is', () => {
    expect(sectionOf('held', 'https://wiki.example.com/runbook')).toBe('https://wiki.example.com/runbook#held');
    expect(sectionOf('held')).toContain('docs/runbook.md#held');
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(sectionOf('held').startsWith('https://')).toBe(manifest.repository !== undefined);
    // The package takes the file along.
    expect(manifest.files).toContain('docs');
  });
});
