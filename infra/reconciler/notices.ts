import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/* A message for each failover that went well. docs/decisions/0034-one-notice.md */

/** Who is told of failovers. */
export interface NotifyFailoversProps {
  /** A standard topic in the Region of the functions. One of another account has to admit their roles. */
  readonly topic: ITopic;
}

/** A FIFO topic delivers to SQS alone, and wants a group for each message. */
export function checkNotices(notices: NotifyFailoversProps | undefined): void {
  if (notices?.topic.fifo) throw new Error('notifyFailovers.topic is a FIFO topic; allowed: a standard topic');
}

/** An encrypted topic takes messages only from principals that may use its key. */
export const noticeStatements = ({ region }: Stack, { topic }: NotifyFailoversProps): PolicyStatement[] => [
  new PolicyStatement({ sid: 'NotifyFailovers', actions: ['sns:Publish'], resources: [topic.topicArn] }),
  ...(topic.masterKey
    ? [
        new PolicyStatement({
          sid: 'EncryptNotices',
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: [topic.masterKey.keyArn],
          conditions: { StringEquals: { 'kms:ViaService': `sns.${region}.amazonaws.com` } },
        }),
      ]
    : []),
];
