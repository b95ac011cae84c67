/** AWS's token buckets, one set for the whole account; whether a call finds a token. */
export type Buckets = { take(call: string, now: number): boolean };

type Size = { readonly tokens: number; readonly perSecond: number };
type Bucket = { tokens: number; at: number } & { readonly size: Size };

/** A neighbour has used up what was saved. */
const createBucket = (size: Size, isBusy: boolean): Bucket => ({ tokens: isBusy ? 1 : size.tokens, at: 0, size });

/** Another client of the same account, which takes most of the tokens until a moment: all of them, or those of the RDS API. */
type Neighbour = { readonly untilMs: number; readonly calls?: 'RDS' };
const leftBesideNeighbour = 0.01;

function take(bucket: Bucket, now: number, busyUntilMs: number): boolean {
  const { tokens, perSecond } = bucket.size;
  const busyMs = Math.max(0, Math.min(now, busyUntilMs) - bucket.at);
  const elapsedMs = now - bucket.at - busyMs * (1 - leftBesideNeighbour);
  bucket.tokens = Math.min(tokens, bucket.tokens + (elapsedMs / 1000) * perSecond);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

export const mutations: Size = { tokens: 20, perSecond: 4 };
const describes: Size = { tokens: 40, perSecond: 10 };
/** Non-mutating actions of EC2 ("Request throttling for the Amazon EC2 API"). */
const ec2: Size = { tokens: 100, perSecond: 20 };

/** For the RDS API nothing is documented: a bucket like that of the load balancer's describes is assumed. */
export function createBuckets(neighbour: Neighbour = { untilMs: 0 }): Buckets {
  const isBusy = neighbour.untilMs > 0;
  const isGroupBusy = isBusy && neighbour.calls === undefined;
  const buckets = {
    changes: createBucket(mutations, isGroupBusy),
    describes: createBucket(describes, isGroupBusy),
    rds: createBucket(describes, isBusy),
    ec2: createBucket(ec2, isGroupBusy),
  };
  const of = (call: string) =>
    call.startsWith('EC2')
      ? buckets.ec2
      : call.startsWith('RDS')
        ? buckets.rds
        : call === 'ELB describe'
          ? buckets.describes
          : buckets.changes;
  return {
    take: (call, now) => {
      const bucket = of(call);
      return take(bucket, now, bucket === buckets.rds || isGroupBusy ? neighbour.untilMs : 0);
    },
  };
}
