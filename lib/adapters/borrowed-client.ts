import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';

/*
 * Calls of other services, signed and sent by the client that the function has for the load balancer: a client of their own would make
 * the bundle longer and be loaded at each cold start (docs/decisions/0026-whose-an-address-is.md).
 */

export type Client = Pick<ElasticLoadBalancingV2Client, 'config'>;
export type Environment = Readonly<Record<string, string | undefined>>;

type Service = {
  /** In names of hosts, and in signatures. */
  readonly name: 'cloudformation' | 'ec2' | 'iam' | 'logs' | 'secretsmanager' | 'sns' | 'sts' | 'tagging';
  /** At the end of AWS_ENDPOINT_URL_…. */
  readonly variable:
    | 'CLOUDFORMATION'
    | 'CLOUDWATCH_LOGS'
    | 'EC2'
    | 'IAM'
    | 'RESOURCE_GROUPS_TAGGING_API'
    | 'SECRETS_MANAGER'
    | 'SNS'
    | 'STS';
};

type Call = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** One attempt. The caller says how long it waits. */
export async function send(
  { config }: Client,
  env: Environment,
  service: Service,
  { headers, body }: Call,
  abortSignal?: AbortSignal,
): Promise<{ readonly statusCode: number; readonly reply: string }> {
  const { protocol, hostname, pathname: path, host, port } = await urlOf(config, env, service);
  const request = {
    method: 'POST',
    protocol,
    hostname,
    path,
    headers: { host, ...headers },
    body,
    ...(port ? { port: Number(port) } : {}),
  };
  const signer = await config.signer();
  const signed = await signer.sign(request as Parameters<typeof signer.sign>[0], { signingService: service.name });
  const { response } = await config.requestHandler.handle(signed as never, { abortSignal });
  return { statusCode: response.statusCode, reply: Buffer.from(response.body).toString() };
}

/** Where the service is: as configured, or beside the load balancers' API. */
async function urlOf(config: Client['config'], env: Environment, { name, variable }: Service): Promise<URL> {
  const given = env[`AWS_ENDPOINT_URL_${variable}`] || env.AWS_ENDPOINT_URL;
  if (given) return new URL(given);
  const custom = await config.endpoint?.();
  if (custom) return new URL(`${custom.protocol}//${custom.hostname}:${custom.port ?? ''}${custom.path}`);
  const { url } = config.endpointProvider({
    Region: await config.region(),
    UseFIPS: await config.useFipsEndpoint(),
    UseDualStack: await config.useDualstackEndpoint(),
  });
  return new URL(url.href.replace('//elasticloadbalancing', `//${name}`));
}
