import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { databasesFrom } from '../../infra/databases.ts';

const doc = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'any-tcp-service.md'), 'utf8');
const snippets = [...doc.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => json);

test('each example of the guide to any TCP service is accepted, and follows a name', () => {
  const entries = databasesFrom(`[${snippets.join()}]`, 'docs/any-tcp-service.md');
  expect(entries.map(({ name, database }) => [name, database.kind])).toEqual(
    ['checkout', 'analytics', 'sessions', 'web'].map((name) => [name, 'hostname']),
  );
});

test("the IPv6 range that the guide names for a VPC is accepted, and one that is no VPC's is not", () => {
  const [web = ''] = snippets.slice(-1);
  const withRange = (range: string) => `[${web.replace('10.40.0.0/16', range)}]`;
  const [, range = ''] = /"allowedCidrs": \["([0-9a-f]+:[^"]+)"\]/.exec(doc) ?? [];
  expect(databasesFrom(withRange(range), 'docs')[0]?.reconcile?.allowedCidrs).toEqual([range]);
  expect(() => databasesFrom(withRange('2600::/12'), 'docs')).toThrow(/allowedCidrs/);
});
