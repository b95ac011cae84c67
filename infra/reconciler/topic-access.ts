import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';

type Publisher = {
  /** For example `vpce.amazonaws.com`. */
  readonly service: string;
  /** The kind of resource that speaks, as it stands in its ARN: service and resource. */
  readonly source: { readonly service: string; readonly resource: string };
};

/**
 * Lets an AWS service publish to a topic on behalf of this account. It names no single resource: the topic may live in another stack,
 * and a policy there that names a resource here would make the stacks depend on each other in a circle.
 *
 * The first statement that CDK adds replaces the topic's default policy, which admitted CloudWatch alarms of the account: whoever
 * publishes has to be admitted by a statement of its own.
 */
export function letServicePublish(scope: IConstruct, topic: sns.ITopic, { service, source }: Publisher) {
  const stack = Stack.of(scope);
  const principal = new iam.ServicePrincipal(service);
  // An encrypted topic takes messages only from who may use its key.
  topic.masterKey?.grant(principal, 'kms:Decrypt', 'kms:GenerateDataKey*');
  return topic.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [principal],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: {
          'aws:SourceArn': `arn:${stack.partition}:${source.service}:${stack.region}:${stack.account}:${source.resource}`,
        },
      },
    }),
  );
}
