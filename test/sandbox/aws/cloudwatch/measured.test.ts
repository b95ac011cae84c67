import { expect, test } from 'vitest';
import { emfLines } from '../../../../sandbox/aws/cloudwatch/measured.ts';

const document = {
  _aws: { Timestamp: 1, CloudWatchMetrics: [{ Namespace: 'X', Metrics: [{ Name: 'InSync' }], Dimensions: [[]] }] },
  InSync: 1,
};
const json = JSON.stringify(document);

test('finds metric documents, bare or behind the prefix of the console', () => {
  const log = ['plain', json, '{"level":"INFO"}', `2026-01-01T00:00:00.000Z\tid\tINFO\t${json}`, '{"_aws": broken'];
  expect(emfLines({ log })).toEqual([document, document]);
});

test('takes nothing else for one', () => {
  expect(emfLines({ log: ['', 'null', '[]', '"_aws"', 'x\ty', '{"nested":{"_aws":{}}}'] })).toEqual([]);
});
