import type { DrillRecord } from '../record.ts';
import type { Layout } from './layout.ts';

/** Seconds since the outage, for a moment and for a pixel. */
export type Scale = {
  readonly from: number;
  readonly to: number;
  at(moment: number): number;
  px(pixel: number): number;
};

export function scaleOf({ outageAt }: DrillRecord, { range, frame }: Layout): Scale {
  const at = (moment: number) => (moment - outageAt) / 1000;
  const perPixel = (range.to - range.from) / (frame.width - frame.margin.left - frame.margin.right);
  return {
    from: at(range.from),
    to: at(range.to),
    at,
    px: (pixel) => at(range.from + (pixel - frame.margin.left) * perPixel),
  };
}
