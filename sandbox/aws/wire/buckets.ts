import type { SandboxClock } from '../../world/clock.ts';
import type { Service } from '../../world/types.ts';

/** Token buckets shared by everybody who calls with this account in this region. */
export type Buckets = {
  /** False when the bucket of this action is empty; otherwise one token is gone. */
  take(service: Service['name'], action: string): boolean;
};

type Limit = { readonly capacity: number; readonly perSecond: number };

// "Request throttling for the ELB API" in the ELB user guide. RDS publishes no numbers.
const describes: Limit = { capacity: 40, perSecond: 10 };
const targetChanges: Limit = { capacity: 20, perSecond: 4 };

function createBucket({ capacity, perSecond }: Limit, clock: SandboxClock): () => boolean {
  let tokens = capacity;
  let filled = clock.elapsed();
  return () => {
    const now = clock.elapsed();
    tokens = Math.min(capacity, tokens + ((now - filled) / 1000) * perSecond);
    filled = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** AWS's request limits, refilled in AWS time: describes of each service, and changes of targets. */
export function createBuckets(clock: SandboxClock): Buckets {
  const elbv2Describes = createBucket(describes, clock);
  const rdsDescribes = createBucket(describes, clock);
  const elbv2TargetChanges = createBucket(targetChanges, clock);
  return {
    take(service, action) {
      // EC2's buckets are many and large; nobody here comes near them.
      if (service === 'ec2') return true;
      if (action.startsWith('Describe')) return service === 'rds' ? rdsDescribes() : elbv2Describes();
      if (action === 'RegisterTargets' || action === 'DeregisterTargets') return elbv2TargetChanges();
      return true;
    },
  };
}
