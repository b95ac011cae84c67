import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { asked, listOf } from '../../../lib/adapters/asked.ts';

type One = { readonly id?: string; readonly n: number };
const of = (...found: One[]) => asked('DescribeThings', found, 'orders', ({ id }) => id);

describe('what was asked for by its identifier', () => {
  test('is found wherever it stands, in whatever case', () => {
    expect(of({ id: 'a', n: 1 }, { id: 'Orders', n: 2 }, { id: 'orders-1', n: 3 })?.n).toBe(2);
  });

  test('is nothing when the answer is empty, and the only one when that has no identifier', () => {
    expect(of()).toBeUndefined();
    expect(of({ n: 1 })?.n).toBe(1);
  });

  test.each([[[{ id: 'a', n: 1 }]], [[{ n: 1 }, { n: 2 }]]])(
    'is no answer when it is about others alone: %j',
    (found) => {
      expect(() => of(...found)).toThrow(/DescribeThings was asked for orders and gave /);
    },
  );

  test('is no answer that names up to five others in full', () => {
    const others = ['a', 'b', 'c', 'd', 'e'].map((id, n) => ({ id, n }));
    expect(() => of(...others.slice(0, 2))).toThrow(/gave a, b\. Next/);
    expect(() => of(...others)).toThrow(/gave a, b, c, d, e\. Next/);
  });

  test('is no answer that fills a log: of many others a few are named', () => {
    const many = Array.from({ length: 100_000 }, (_, n) => ({ id: `a${n}`, n }));
    expect(() => of(...many)).toThrow(/asked for orders and gave a0, a1, a2, a3, a4 and 99995 more\. Next/);
  });
});

test('a list that is empty is there, and one that is missing is no answer', () => {
  expect(listOf('DescribeThings', [])).toEqual([]);
  expect(() => listOf('DescribeThings', undefined)).toThrow(/^DescribeThings gave no list\. Next/);
});

test('no answer of AWS is taken by its first element', () => {
  const root = join(import.meta.dirname, '../../..');
  const files = ['lib', 'cli', 'functions', 'infra'].flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
  const lists =
    '(DB\\w+s|TargetGroups|LoadBalancers|Listeners|VpcEndpoints|Subnets|SecurityGroups|NetworkInterfaces|Rules)';
  const first = new RegExp(`\\b${lists}\\??\\.?\\[0\\]|const \\[\\w+\\] = [\\w.]*\\b${lists}\\b`);
  expect(files.filter((file) => first.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
});
