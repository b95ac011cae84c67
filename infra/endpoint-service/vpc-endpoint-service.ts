import { Annotations, Aws, CfnOutput, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { clientRange } from '../../lib/addresses.ts';
import { letServicePublish } from '../placement/access.ts';
import { placeProblems } from '../placement/places.ts';
import { type EndpointServiceProps, rangesWithoutClients } from './endpoint-service-props.ts';

/** The TXT record that proves that the domain of a private DNS name is yours. `name` is relative to that domain. */
export type PrivateDnsVerification = { readonly name: string; readonly type: string; readonly value: string };

const endpointServiceId = 'EndpointService';

/** The endpoint service of a load balancer, with what `props` say of its consumers. */
export function createEndpointService(
  scope: Construct,
  props: EndpointServiceProps,
  loadBalancer: ec2.IVpcEndpointServiceLoadBalancer,
): { readonly endpointService: ec2.VpcEndpointService; readonly privateDnsVerification?: PrivateDnsVerification } {
  const endpointService = new ec2.VpcEndpointService(scope, endpointServiceId, {
    vpcEndpointServiceLoadBalancers: [loadBalancer],
    acceptanceRequired: props.acceptanceRequired ?? true,
    allowedPrincipals: (props.allowedPrincipals ?? []).map((one) => new iam.ArnPrincipal(principalArn(one))),
    ...(props.addressType === 'dual-stack'
      ? { supportedIpAddressTypes: [ec2.IpAddressType.IPV4, ec2.IpAddressType.IPV6] }
      : {}),
    ...(props.supportedRegions ? { allowedRegions: withOwn(Stack.of(scope).region, props.supportedRegions) } : {}),
  });
  if (props.notificationTopic) notify(scope, endpointService, props.notificationTopic);
  return props.privateDnsName === undefined
    ? { endpointService }
    : { endpointService, privateDnsVerification: setPrivateDnsName(endpointService, props.privateDnsName) };
}

/** `EndpointServiceName`, and for a private DNS name `PrivateDnsVerificationName`, `…Type` and `…Value`. */
export function addServiceOutputs(
  scope: Construct,
  serviceName: string,
  verification: PrivateDnsVerification | undefined,
  exportName?: string,
): void {
  const output = (id: string, value: string, description: string) => new CfnOutput(scope, id, { value, description });
  const description = 'What a consumer needs to create an interface endpoint';
  new CfnOutput(scope, 'EndpointServiceName', { value: serviceName, description, exportName });
  if (!verification) return;
  const { name, type, value } = verification;
  output('PrivateDnsVerificationName', name, 'Name of the verification record, relative to the domain');
  output('PrivateDnsVerificationType', type, 'Type of the verification record');
  output('PrivateDnsVerificationValue', value, 'Value of the verification record');
}

export function warnOfRanges(scope: Construct, props: Parameters<typeof rangesWithoutClients>[0]): void {
  for (const cidr of rangesWithoutClients(props))
    Annotations.of(scope).addWarningV2(
      'rds-target-reconciler:consumerCidrs',
      `consumerCidrs has ${cidr}, by which no client gets in; allowed: ranges that are ${clientRange}`,
    );
}

/** CDK's construct does not offer the property yet. */
function setPrivateDnsName(endpointService: ec2.VpcEndpointService, privateDnsName: string): PrivateDnsVerification {
  const service = endpointService.node.findChild(endpointServiceId) as ec2.CfnVPCEndpointService;
  service.privateDnsName = privateDnsName;
  return {
    name: service.attrPrivateDnsNameConfigurationName,
    type: service.attrPrivateDnsNameConfigurationType,
    value: service.attrPrivateDnsNameConfigurationValue,
  };
}

function notify(scope: Construct, { vpcEndpointServiceId }: ec2.VpcEndpointService, topic: sns.ITopic): void {
  const problems = placeProblems(scope, 'notificationTopic', topic.topicArn, { inAnyAccount: true });
  if (problems.length > 0) throw new Error(`${scope.node.path}: ${problems.join()}`);
  const notification = new ec2.CfnVPCEndpointConnectionNotification(scope, 'ConnectionNotification', {
    serviceId: vpcEndpointServiceId,
    connectionNotificationArn: topic.topicArn,
    connectionEvents: ['Connect', 'Accept', 'Reject', 'Delete'],
  });
  const { statementAdded, policyDependable } = letServicePublish(scope, topic, {
    service: 'vpce.amazonaws.com',
    source: { service: 'ec2', resource: 'vpc-endpoint-service/*' },
  });
  if (policyDependable) notification.node.addDependency(policyDependable);
  if (!statementAdded) {
    Annotations.of(scope).addInfoV2(
      'rds-target-reconciler:topicPolicy',
      'the notification topic is not part of this app: its policy has to allow sns:Publish to vpce.amazonaws.com',
    );
  }
}

/** AWS takes no list without the service's own Region; where that is known at deployment only, the list has to have it. */
const withOwn = (own: string, regions: readonly string[]): string[] =>
  Token.isUnresolved(own) || regions.includes(own) ? [...regions] : [own, ...regions];

function principalArn(principal: string): string {
  const isAccount = !Token.isUnresolved(principal) && /^\d{12}$/.test(principal);
  return isAccount ? `arn:${Aws.PARTITION}:iam::${principal}:root` : principal;
}
