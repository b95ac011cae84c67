import { InterfaceVpcEndpointAwsService as Service } from 'aws-cdk-lib/aws-ec2';

/** An API that can be reached through an interface endpoint. */
export type Api = {
  /** Prefix of its IAM actions. */
  readonly prefix: string;
  /** Its endpoint's construct id. */
  readonly id: string;
  readonly service: Service;
  /** What the AWS SDK's variable for its endpoint is called: https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html */
  readonly variable: string;
};

const api = (prefix: string, id: string, service: Service, sdkName: string): Api => ({
  prefix,
  id: `${id}Endpoint`,
  service,
  variable: `AWS_ENDPOINT_URL_${sdkName}`,
});

const apis: readonly Api[] = [
  api('elasticloadbalancing', 'ElasticLoadBalancing', Service.ELASTIC_LOAD_BALANCING, 'ELASTIC_LOAD_BALANCING_V2'),
  api('rds', 'Rds', Service.RDS, 'RDS'),
  api('ec2', 'Ec2', Service.EC2, 'EC2'),
  api('logs', 'Logs', Service.CLOUDWATCH_LOGS, 'CLOUDWATCH_LOGS'),
  api('cloudwatch', 'Monitoring', Service.CLOUDWATCH_MONITORING, 'CLOUDWATCH'),
  api('sts', 'Sts', Service.STS, 'STS'),
  api('secretsmanager', 'SecretsManager', Service.SECRETS_MANAGER, 'SECRETS_MANAGER'),
  api('sns', 'Sns', Service.SNS, 'SNS'),
  api('events', 'Events', Service.EVENTBRIDGE, 'EVENTBRIDGE'),
];

const apiPrefixes: readonly string[] = apis.map(({ prefix }) => prefix);

export const prefixOf = (call: string): string => call.split(':')[0] ?? '';

/**
 * The API that an IAM action belongs to.
 * @throws Error for an action of a service that has no endpoint here
 */
export function apiOf(call: string): Api {
  const found = apis.find(({ prefix }) => prefix === prefixOf(call));
  if (!found) throw new Error(`calls has "${call}"; allowed: actions of ${apiPrefixes.join(', ')} and s3`);
  return found;
}
