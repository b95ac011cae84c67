/** So many at first, and then so many in a second. */
export type Rate = { readonly atFirst: number; readonly perSecond: number };

/**
 * AWS answers 40 describe calls of the ELB API at once and 10 a second (ELB user guide, "Request throttling for the ELB API"), to all
 * functions of an account and Region together: one for `status`, three for `plan`, some sixteen for `doctor`. The rest is for their
 * schedules and for a failover meanwhile. CloudWatch Logs answers five searches a second in most Regions, and a history takes four.
 */
export const rates = {
  status: { atFirst: 30, perSecond: 7.5 },
  plan: { atFirst: 10, perSecond: 2.5 },
  // A correction may be two changes of a group, of which AWS allows 20 at once and four a second.
  resync: { atFirst: 10, perSecond: 2 },
  doctor: { atFirst: 2, perSecond: 0.5 },
  history: { atFirst: 4, perSecond: 1 },
} as const satisfies Readonly<Record<string, Rate>>;

/** Resolves when it is the caller's turn. */
export function limitTo({ atFirst, perSecond }: Rate): () => Promise<void> {
  const stepMs = 1000 / perSecond;
  let next = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = performance.now();
    next = Math.max(next, now - (atFirst - 1) * stepMs);
    const waitMs = next - now;
    next += stepMs;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  };
}
