import { randomUUID } from 'node:crypto';
import { home } from '../world/network.ts';
import { AwsError } from './wire/aws-error.ts';
import type { Service } from './wire/query.ts';

/** What a topic was sent. */
export type Message = { readonly topicArn: string; readonly subject?: string; readonly text: string };

export type Topics = {
  /** In the order in which they came. */
  messages(): readonly Message[];
  readonly service: Service;
};

/** The one topic that is there. No function knows it unless its configuration names it. */
export const failoverTopicArn = `arn:aws:sns:${home.region}:${home.account}:failovers`;

const invalid = (message: string) => new AwsError('InvalidParameter', `Invalid parameter: ${message}`);

/** In bytes. */
const longestMessage = 262_144;

/** The part of Amazon SNS that publishes to standard topics. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export function createTopics(): Topics {
  const messages: Message[] = [];
  return {
    messages: () => messages,
    service: {
      name: 'sns',
      version: '2010-03-31',
      xmlNamespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
      operations: {
        Publish(params) {
          const [topicArn, text, subject] = ['TopicArn', 'Message', 'Subject'].map((name) => params.get(name));
          if (!topicArn) throw invalid('TopicArn or TargetArn Reason: no value for required parameter');
          if (!/^arn:[^:]+:sns:[^:]+:\d{12}:[\w-]{1,256}(\.fifo)?$/.test(topicArn)) throw invalid('TopicArn');
          if (!text) throw invalid('Empty message');
          if (Buffer.byteLength(text) > longestMessage) throw invalid('Message too long');
          if (subject !== undefined && !/^[!-~][ -~]{0,98}$/.test(subject)) throw invalid('Subject');
          if (topicArn !== failoverTopicArn) throw new AwsError('NotFound', 'Topic does not exist', { status: 404 });
          messages.push({ topicArn, text, ...(subject === undefined ? {} : { subject }) });
          return { MessageId: randomUUID() };
        },
      },
    },
  };
}
