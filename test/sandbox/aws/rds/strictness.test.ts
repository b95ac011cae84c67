import * as rds from '@aws-sdk/client-rds';
import { describe, expect, test } from 'vitest';
import { describeRefusals, filter, toRds } from '../account.ts';

const at = (minutes: number) => new Date(Date.now() + minutes * 60_000);

describeRefusals([
  [
    'a marker that RDS never gave',
    () => toRds(new rds.DescribeDBInstancesCommand({ Marker: 'bad' })),
    'InvalidParameterValue',
  ],
  [
    'a marker with something behind it',
    () => toRds(new rds.DescribeDBInstancesCommand({ Marker: 'b2Zmc2V0OjA=x' })),
    'InvalidParameterValue',
  ],
  [
    'a filter that RDS does not have',
    () => toRds(new rds.DescribeDBInstancesCommand(filter('colour', 'red'))),
    'InvalidParameterValue',
  ],
  [
    'a filter without a value',
    () => toRds(new rds.DescribeDBInstancesCommand(filter('engine'))),
    'InvalidParameterCombination',
  ],
  ['a negative Duration', () => toRds(new rds.DescribeEventsCommand({ Duration: -5 })), 'InvalidParameterValue'],
  [
    'a Duration beyond 14 days',
    () => toRds(new rds.DescribeEventsCommand({ Duration: 20_161 })),
    'InvalidParameterValue',
  ],
  [
    'a StartTime after the EndTime',
    () => toRds(new rds.DescribeEventsCommand({ StartTime: at(-1), EndTime: at(-2) })),
    'InvalidParameterCombination',
  ],
  [
    'a StartTime before the 14 days',
    () => toRds(new rds.DescribeEventsCommand({ StartTime: at(-20_200) })),
    'InvalidParameterValue',
  ],
  [
    'an unknown category',
    () => toRds(new rds.DescribeEventsCommand({ EventCategories: ['weather'] })),
    'InvalidParameterValue',
  ],
  [
    'an unknown type of source',
    () => toRds(new rds.DescribeEventsCommand({ SourceType: 'db-banana' as never })),
    'InvalidParameterValue',
  ],
  [
    'a source without its type',
    () => toRds(new rds.DescribeEventsCommand({ SourceIdentifier: 'orders' })),
    'InvalidParameterCombination',
  ],
  ...['9bad--', 'bad-', 'a--b', 'a_b', 'x'.repeat(64)].map(
    (name) =>
      [
        `${name} as a new name`,
        () =>
          toRds(
            new rds.ModifyDBInstanceCommand({
              DBInstanceIdentifier: 'orders',
              NewDBInstanceIdentifier: name,
            }),
          ),
        'InvalidParameterValue',
      ] as const,
  ),
  [
    'a new name that is taken',
    () =>
      toRds(
        new rds.ModifyDBInstanceCommand({
          DBInstanceIdentifier: 'orders',
          NewDBInstanceIdentifier: 'Orders',
        }),
      ),
    'DBInstanceAlreadyExistsFault',
  ],
]);

describe('an identifier beside filters', () => {
  const ids = async (input: rds.DescribeDBInstancesCommandInput) => {
    const { DBInstances } = (await toRds(
      new rds.DescribeDBInstancesCommand(input),
    )) as rds.DescribeDBInstancesCommandOutput;
    return DBInstances?.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier);
  };
  test('is one more value of the filter by identifier, so that one that is not there does no harm beside one that is', async () => {
    expect(await ids({ DBInstanceIdentifier: 'nope', ...filter('db-instance-id', 'orders') })).toEqual(['orders']);
  });
  test('is narrowed by the other filters, and not found where nothing is left', async () => {
    expect(await ids({ DBInstanceIdentifier: 'orders', ...filter('engine', 'postgres') })).toEqual(['orders']);
    const oracle = ids({ DBInstanceIdentifier: 'orders', ...filter('engine', 'oracle-ee') });
    await expect(oracle).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' });
    expect(await ids(filter('engine', 'oracle-ee'))).toEqual([]);
  });
});
