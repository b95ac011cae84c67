import type { Clock } from './ports.ts';

/** What `work` gives, or what `late` gives where it takes longer than `ms`; then `work` is cut. */
export async function within<T>(
  clock: Clock,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => T,
  signal?: AbortSignal,
): Promise<T> {
  const cut = new AbortController();
  const either = signal ? AbortSignal.any([signal, cut.signal]) : cut.signal;
  try {
    return await Promise.race([work(either), clock.sleep(ms, either).then(late)]);
  } finally {
    cut.abort();
  }
}
