import type { SandboxClock } from '../../world/clock.ts';
import type { XmlValue } from '../wire/xml.ts';

/** The targets of a group as DescribeTargetHealth tells them, by `ip|port`. */
export type View = ReadonlyMap<string, XmlValue>;

/** DescribeTargetHealth behind the writes: for so long after a RegisterTargets or DeregisterTargets it tells what was before. */
export type LateView = {
  /** AWS ms; 0, the default, is none. */
  setLag(awsMs: number): void;
  /** Call it before a write. */
  remember(group: string, present: () => View): void;
  read(group: string, present: () => View): View;
};

type Write = { readonly at: number; readonly before: View };

export function createLateView(clock: Pick<SandboxClock, 'elapsed'>): LateView {
  const writes = new Map<string, Write[]>();
  let lagMs = 0;
  const recent = (group: string) => (writes.get(group) ?? []).filter(({ at }) => at + lagMs > clock.elapsed());
  return {
    setLag(awsMs) {
      lagMs = awsMs;
    },
    remember(group, present) {
      if (lagMs > 0) writes.set(group, [...recent(group), { at: clock.elapsed(), before: present() }]);
    },
    // Whatever followed, the oldest write that is not seen yet is the limit.
    read: (group, present) => recent(group)[0]?.before ?? present(),
  };
}
