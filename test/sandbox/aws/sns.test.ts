import { expect, test } from 'vitest';
import { createTopics, failoverTopicArn } from '../../../sandbox/aws/sns.ts';

const publish = (params: Record<string, string>) => {
  const { service, messages } = createTopics();
  const run = () =>
    service.operations.Publish?.(new Map(Object.entries({ TopicArn: failoverTopicArn, Message: 'well', ...params })));
  return { run, messages };
};

test('a topic keeps what it is sent, with its subject', () => {
  const { run, messages } = publish({ Subject: 'orders: failover' });
  expect(run()).toEqual({ MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(messages()).toEqual([{ topicArn: failoverTopicArn, text: 'well', subject: 'orders: failover' }]);
});

test.each([
  ['no topic', { TopicArn: '' }, 'InvalidParameter'],
  ['what is no topic', { TopicArn: 'failovers' }, 'InvalidParameter'],
  ['a topic that is not there', { TopicArn: `${failoverTopicArn}2` }, 'NotFound'],
  ['no message', { Message: '' }, 'InvalidParameter'],
  ['a message of more than 256 KB', { Message: 'x'.repeat(262_145) }, 'InvalidParameter'],
  ['a subject of 100 characters', { Subject: 'x'.repeat(100) }, 'InvalidParameter'],
  ['a subject of two lines', { Subject: 'one\ntwo' }, 'InvalidParameter'],
  ['a subject that is not ASCII', { Subject: 'Störung' }, 'InvalidParameter'],
])('SNS refuses %s', (_, params, code) => {
  const { run, messages } = publish(params);
  expect(run).toThrow(expect.objectContaining({ code }));
  expect(messages()).toEqual([]);
});
