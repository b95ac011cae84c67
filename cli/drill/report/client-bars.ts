import { mainOutage } from '../outage.ts';
import type { DrillRecord } from '../record.ts';
import { type Layout, textWidth } from './layout.ts';

export type Bar = { readonly x1: number; readonly x2: number; readonly y1: number; readonly y2: number };

export type ClientBars = {
  /** Upwards: attempts that were served. */
  readonly served: readonly Bar[];
  /** Downwards: attempts that failed. */
  readonly failed: readonly Bar[];
  readonly baseline: number;
  /** The longest outage, with its label where it belongs. */
  readonly gap?: {
    readonly x1: number;
    readonly x2: number;
    readonly y: number;
    readonly text: string;
    readonly textX: number;
  };
};

const binPx = 4;
const labelPx = 18;

export function clientBars({ probes, client: summary, probe, endedAt }: DrillRecord, layout: Layout): ClientBars {
  const { client, frame, range, x } = layout;
  const served = new Map<number, number>();
  const failed = new Map<number, number>();
  for (const { at, ms, result } of probes) {
    const ended = at + ms;
    if (ended < range.from || ended > range.to) continue;
    const counts = result === 'ok' ? served : failed;
    const bin = Math.floor((x(ended) - frame.margin.left) / binPx);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const most = Math.max(1, ...served.values(), ...failed.values());
  const baseline = (client.y1 + labelPx + client.y2) / 2;
  const roomPx = client.y2 - baseline - 3;
  const bars = (counts: Map<number, number>, sign: 1 | -1): Bar[] =>
    [...counts].map(([bin, count]) => {
      const x1 = frame.margin.left + bin * binPx;
      const top = baseline + sign * 1;
      return { x1, x2: x1 + binPx - 1, y1: top, y2: top + sign * Math.max(3, (count / most) * roomPx) };
    });
  const outage = mainOutage(summary.outages);
  if (!outage) return { served: bars(served, -1), failed: bars(failed, 1), baseline };
  const x1 = Math.max(x(outage.lastWriteAt ?? outage.firstFailureAt), frame.margin.left);
  const x2 = Math.min(x(outage.firstWriteAt ?? endedAt), frame.width - frame.margin.right);
  const text = `${(outage.gapMs / 1000).toFixed(2)} s without ${probe === 'tcp' ? 'connections' : 'writes'}`;
  const half = textWidth(text) / 2;
  const textX = Math.min(Math.max((x1 + x2) / 2, frame.margin.left + half), frame.width - frame.margin.right - half);
  return {
    served: bars(served, -1),
    failed: bars(failed, 1),
    baseline,
    gap: { x1, x2, y: client.y1 + 10, text, textX },
  };
}
