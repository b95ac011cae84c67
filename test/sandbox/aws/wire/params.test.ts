import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  booleanParam,
  filtersParam,
  integerParam,
  listParam,
  paginate,
  requiredParam,
  structParam,
} from '../../../../sandbox/aws/wire/params.ts';

const params = (entries: Record<string, string>) => new Map(Object.entries(entries));

describe('parameters', () => {
  test('reads a list in the order of its numbers, which may have gaps', () => {
    const given = params({
      'Names.member.10': 'c',
      'Names.member.2': 'b',
      'Names.member.1': 'a',
      'Names.memberX3': 'x',
    });
    expect(listParam(given, 'Names.member')).toEqual(['a', 'b', 'c']);
  });

  test('takes the empty parameter, with which botocore sends an empty list, for an empty list', () => {
    expect(listParam(params({ Names: '', 'Names.member': '' }), 'Names.member')).toEqual([]);
  });

  test('reads structures with their nested keys', () => {
    const given = params({ 'T.member.2.Id': 'b', 'T.member.1.Id': 'a', 'T.member.1.Tags.member.1.Key': 'k' });
    expect(structParam(given, 'T.member').map((member) => Object.fromEntries(member))).toEqual([
      { Id: 'a', 'Tags.member.1.Key': 'k' },
      { Id: 'b' },
    ]);
  });

  test('reads the filters of RDS', () => {
    const given = params({
      'Filters.Filter.1.Name': 'db-cluster-id',
      'Filters.Filter.1.Values.Value.1': 'orders',
      'Filters.Filter.1.Values.Value.2': 'billing',
      'Filters.Filter.2.Name': 'engine',
      'Filters.Filter.2.Values.Value.1': 'postgres',
    });
    expect(filtersParam(given)).toEqual([
      { name: 'db-cluster-id', values: ['orders', 'billing'] },
      { name: 'engine', values: ['postgres'] },
    ]);
  });

  test('demands what is required', () => {
    expect(requiredParam(params({ Arn: 'a' }), 'Arn')).toBe('a');
    expect(() => requiredParam(params({ Arn: '' }), 'Arn')).toThrow(
      expect.objectContaining({ code: 'MissingParameter' }),
    );
  });

  test.each(['0', '101', '1.5', '0x10', '', ' 7'])('refuses %j for a whole number from 1 to 100', (text) => {
    expect(() => integerParam(params({ N: text }), 'N', { min: 1, max: 100 })).toThrow(
      expect.objectContaining({ code: 'ValidationError' }),
    );
  });

  test('reads whole numbers and booleans, or their absence', () => {
    expect(integerParam(params({ N: '100' }), 'N', { min: 1, max: 100 })).toBe(100);
    expect(integerParam(params({}), 'N', { min: 1, max: 100 })).toBeUndefined();
    expect([booleanParam(params({ B: 'True' }), 'B'), booleanParam(params({ B: 'false' }), 'B')]).toEqual([
      true,
      false,
    ]);
    expect(booleanParam(params({}), 'B')).toBeUndefined();
    expect(() => booleanParam(params({ B: 'yes' }), 'B')).toThrow(expect.objectContaining({ code: 'MalformedInput' }));
  });
});

describe('pages', () => {
  test('hold every item once and in order, whatever the sizes', () => {
    const sizes = { items: fc.array(fc.integer(), { maxLength: 60 }), pageSize: fc.integer({ min: 1, max: 20 }) };
    fc.assert(
      fc.property(fc.record(sizes), ({ items, pageSize }) => {
        const seen: number[] = [];
        let marker: string | undefined;
        do {
          const page = paginate(items, { marker, pageSize, min: 1, max: 20 });
          expect(page.items.length).toBeLessThanOrEqual(pageSize);
          seen.push(...page.items);
          marker = page.nextMarker;
        } while (marker);
        expect(seen).toEqual(items);
      }),
    );
  });

  test('end with the last item, without an empty page after it', () => {
    expect(paginate([1, 2], { pageSize: 2, min: 1, max: 20 })).toEqual({ items: [1, 2] });
  });

  test('refuse a marker that they have not given, and a size beyond the limits', () => {
    const code = expect.objectContaining({ code: 'ValidationError' });
    expect(() => paginate([1], { marker: 'page-2', min: 1, max: 20 })).toThrow(code);
    expect(() => paginate([1], { pageSize: 21, min: 1, max: 20 })).toThrow(code);
    expect(() => paginate([1], { pageSize: 19, min: 20, max: 100 })).toThrow(code);
  });
});
