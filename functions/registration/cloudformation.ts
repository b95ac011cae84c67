import { createHash } from 'node:crypto';

/** What CloudFormation sends to the function of a custom resource, as far as it is read here. */
export type Request = {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Properties;
  readonly OldResourceProperties?: Properties;
};

type Properties = {
  readonly FunctionName: string;
  readonly Environment: Readonly<Record<string, string>>;
  readonly [input: string]: unknown;
};

/** Where the function runs: its Region, and how the names of AWS end there. */
export type Place = { readonly region: string; readonly urlSuffix: string };

/**
 * The address for the answer, which a person who may invoke the function chooses: allowed is CloudFormation's bucket of this Region, whose
 * name is in https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/vpc-interface-endpoints.html, over TLS and by any name that
 * S3 gives a bucket. Seen were `.s3.amazonaws.com` (us-east-1), `.s3-eu-west-1`, `.s3.eu-central-1`, `.s3.cn-north-1.amazonaws.com.cn`.
 * @throws Error when it is another one
 */
export function answerAddress({ ResponseURL }: Request, { region, urlSuffix }: Place): URL {
  const url = URL.parse(ResponseURL);
  const bucket = `cloudformation-custom-resource-response-${region.replaceAll('-', '')}`;
  const end = urlSuffix.replaceAll('.', '\\.');
  // The whole of it as it is parsed: its origin alone tells of no user name, and of a blob's that of what stands in it.
  const isBucket = new RegExp(`^https://${bucket}\\.s3([.-](fips|dualstack|${region}))*\\.${end}/`).test(
    url?.href ?? '',
  );
  if (url && isBucket) return url;
  throw new Error(
    `ResponseURL is at ${url?.origin ?? 'no address'}; allowed: https://${bucket}.s3.${region}.${urlSuffix}, ` +
      'where CloudFormation waits for the answer. Nothing was registered.',
  );
}

const sorted = (_: string, value: unknown): unknown =>
  value?.constructor === Object ? Object.fromEntries(Object.entries(value).sort()) : value;

/**
 * On a rollback CloudFormation sends an update with the former properties, and does not say that it is one. The physical id holds a
 * digest of what was registered last and of what was registered before that: an update to either is taken for a rollback.
 */
export function identityOf({ PhysicalResourceId = '', ResourceProperties = {} as Properties }: Request) {
  const text = JSON.stringify(ResourceProperties, sorted);
  const id = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const [last, previous] = PhysicalResourceId.split(',');
  return {
    isRollback: id === last || id === previous,
    kept: PhysicalResourceId,
    next: id === last ? PhysicalResourceId : last ? `${id},${last}` : id,
  };
}

/** @throws Error when CloudFormation does not take the answer, so that Lambda runs the function again */
export async function answer(
  put: typeof fetch,
  url: URL,
  { StackId, RequestId, LogicalResourceId }: Request,
  { physicalId, failure }: { readonly physicalId: string; readonly failure?: string },
): Promise<void> {
  const body = JSON.stringify({
    Status: failure ? 'FAILED' : 'SUCCESS',
    // The whole answer may have 4,096 bytes.
    Reason: failure?.slice(0, 1000),
    PhysicalResourceId: physicalId,
    StackId,
    RequestId,
    LogicalResourceId,
  });
  const reply = await put(url, { method: 'PUT', body, headers: { 'content-type': '' }, redirect: 'error' });
  if (!reply.ok) throw new Error(`CloudFormation refused the response: ${reply.status}`);
}
