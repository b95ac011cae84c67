import { type Target, targetKey } from '../../../lib/domain.ts';
import type { SandboxClock } from '../../world/clock.ts';
import type { Network } from '../../world/network.ts';
import { dial } from '../../world/sockets.ts';
import type { TargetGroup } from '../../world/types.ts';

export type HealthChecksOptions = {
  readonly targetGroup: TargetGroup;
  readonly network: Network;
  readonly clock: SandboxClock;
};

/** Connects once; calls `verdict` unless cancelled. A target that accepts within the time-out passes. */
function probe(
  localPort: number | 'silent' | undefined,
  timeoutAwsMs: number,
  clock: SandboxClock,
  verdict: (ok: boolean) => void,
) {
  if (localPort === undefined) {
    const soon = setImmediate(verdict, false);
    return () => clearImmediate(soon);
  }
  if (localPort === 'silent') return clock.after(timeoutAwsMs, () => verdict(false));
  let over = false;
  const end = (ok?: boolean) => {
    if (over) return;
    over = true;
    cancelTimeout();
    socket.destroy();
    if (ok !== undefined) verdict(ok);
  };
  const socket = dial(localPort, end);
  socket.on('error', () => {});
  // After a pause of this process the timer is due before the event of the connection that was made meanwhile.
  const cancelTimeout = clock.after(timeoutAwsMs, () => void setImmediate(end, false));
  return () => end();
}

function checkTarget({ ip, port }: Target, { targetGroup, network, clock }: HealthChecksOptions): () => void {
  // More than one where the time-out is as long as the interval or longer.
  const underWay = new Set<() => void>();
  let cancelNext = () => {};
  const round = () => {
    const { intervalSeconds, timeoutSeconds } = targetGroup.healthCheck;
    cancelNext = clock.after(intervalSeconds * 1000, round);
    const place = network.isSilent(ip, port) ? 'silent' : network.locate(ip, port);
    const cancel = probe(place, timeoutSeconds * 1000, clock, (succeeded) => {
      underWay.delete(cancel);
      targetGroup.reportProbe(ip, port, succeeded);
    });
    underWay.add(cancel);
  };
  round();
  return () => {
    cancelNext();
    for (const cancel of underWay) cancel();
  };
}

/** TCP health checks of every registered target that is not draining, each at its own interval from its registration. */
export function createHealthChecks(options: HealthChecksOptions): { close(): void } {
  const { targetGroup } = options;
  const checks = new Map<string, () => void>();

  const follow = () => {
    const wanted = new Map(
      targetGroup
        .targets()
        .filter(({ state }) => state !== 'draining')
        .map((target) => [targetKey(target), target]),
    );
    for (const [key, stop] of checks) {
      if (wanted.has(key)) continue;
      checks.delete(key);
      stop();
    }
    for (const [key, target] of wanted) {
      if (!checks.has(key)) checks.set(key, checkTarget(target, options));
    }
  };

  const unfollow = targetGroup.onChange(follow);
  follow();
  return {
    close() {
      unfollow();
      for (const stop of checks.values()) stop();
      checks.clear();
    },
  };
}
