/** AWS's token buckets, one set for the whole account; whether a call finds a token. */
export type Buckets = { take(call: string, now: number): boolean };

type Size = { readonly tokens: number; readonly perSecond: number };
type Bucket = { tokens: number; at: number } & { readonly size: Size };

const createBucket = (size: Size): Bucket => ({ tokens: size.tokens, at: 0, size });

function take(bucket: Bucket, now: number): boolean {
  const { tokens, perSecond } = bucket.size;
  bucket.tokens = Math.min(tokens, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

export const mutations: Size = { tokens: 20, perSecond: 4 };
const describes: Size = { tokens: 40, perSecond: 10 };

/** For the RDS API nothing is documented: a bucket like that of the load balancer's describes is assumed. */
export function createBuckets(): Buckets {
  const buckets = {
    changes: createBucket(mutations),
    describes: createBucket(describes),
    rds: createBucket(describes),
  };
  const of = (call: string) =>
    call.startsWith('RDS') ? buckets.rds : call === 'ELB describe' ? buckets.describes : buckets.changes;
  return { take: (call, now) => take(of(call), now) };
}
