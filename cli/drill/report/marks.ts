import * as Plot from '@observablehq/plot';
import type { DrillRecord } from '../record.ts';
import { type Item, tones } from './lanes.ts';
import { clientBars, fontPx, type Layout, type PlacedItem } from './layout.ts';

/** Seconds since the outage, for a moment and for a pixel. */
type Scale = {
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

const halo = { stroke: 'var(--paper)', strokeWidth: 3, strokeLinejoin: 'round' } as const;

export function spanMarks({ spans }: Layout, { at }: Scale): Plot.Markish[] {
  const edges = { x1: ({ from }: { from: number }) => at(from), x2: ({ to }: { to: number }) => at(to) };
  return tones.map((tone) =>
    Plot.rect(
      spans.filter((span) => span.tone === tone),
      {
        ...edges,
        y1: 'y1',
        y2: 'y2',
        inset: 0.5,
        rx: 3,
        fill: `url(#tone-${tone})`,
        stroke: `var(--${tone}-line)`,
        title: 'label',
        ariaLabel: `${tone} spans`,
      },
    ),
  );
}

const itemTones: readonly Item['tone'][] = ['changed', 'quiet', 'held', 'failed'];

export function itemMarks({ items }: Layout, { at }: Scale): Plot.Markish[] {
  const runs = items.filter((item): item is PlacedItem & { to: number } => item.to !== undefined);
  const moments = items.filter(({ to }) => to === undefined);
  return [
    ...itemTones.map((tone) =>
      Plot.rect(
        runs.filter((run) => run.tone === tone),
        {
          x1: ({ from }) => at(from),
          x2: ({ to }) => at(to),
          y1: ({ y1 }) => y1 + 2,
          y2: ({ y2 }) => y2 - 2,
          rx: 3,
          fill: `url(#tone-run-${tone})`,
          stroke: `var(--run-${tone}-line)`,
          ariaLabel: `${tone} runs`,
        },
      ),
    ),
    ...(['event', 'lost'] as const).map((tone) =>
      Plot.dot(
        moments.filter((moment) => moment.tone === tone),
        {
          x: ({ from }) => at(from),
          y: middle,
          r: 4.5,
          symbol: tone === 'lost' ? 'times' : 'diamond2',
          fill: tone === 'lost' ? 'none' : 'var(--event)',
          stroke: 'var(--event)',
          strokeWidth: tone === 'lost' ? 2 : 0,
          ariaLabel: `${tone} marks`,
        },
      ),
    ),
  ];
}

const middle = ({ y1, y2 }: { readonly y1: number; readonly y2: number }) => (y1 + y2) / 2;

export function textMarks({ spans, items, titles, frame }: Layout, { at, px, from }: Scale): Plot.Markish[] {
  const text = { fill: 'var(--ink)', ...halo };
  return [
    Plot.text(titles, {
      x: () => (frame.hasTitlesAbove ? from : px(frame.margin.left - 12)),
      y: 'y',
      text: 'text',
      textAnchor: frame.hasTitlesAbove ? 'start' : 'end',
      fontWeight: 600,
      ...text,
      ariaLabel: 'lane titles',
    }),
    Plot.text(
      spans.filter(({ text }) => text),
      { x: (span) => (at(span.from) + at(span.to)) / 2, y: middle, text: 'text', ...text, ariaLabel: 'span labels' },
    ),
    ...(['start', 'end'] as const).map((anchor) =>
      Plot.text(
        items.filter((item) => item.anchor === anchor),
        {
          x: ({ textX }) => px(textX),
          y: middle,
          text: 'label',
          textAnchor: anchor,
          ...text,
          ariaLabel: 'item labels',
        },
      ),
    ),
  ];
}

export function clientMarks(record: DrillRecord, layout: Layout, { px, from, to }: Scale): Plot.Markish[] {
  const { served, failed, baseline, gap } = clientBars(record, layout);
  const place = { x1: ({ x1 }: { x1: number }) => px(x1), x2: ({ x2 }: { x2: number }) => px(x2), y1: 'y1', y2: 'y2' };
  const line = { stroke: 'var(--ink)', strokeWidth: 1.5 };
  return [
    Plot.rect(served, { ...place, fill: 'var(--served)', ariaLabel: 'served attempts' }),
    Plot.rect(failed, { ...place, fill: 'url(#tone-failed)', ariaLabel: 'failed attempts' }),
    Plot.ruleY([baseline], { x1: from, x2: to, stroke: 'var(--faint)' }),
    ...(gap
      ? [
          Plot.ruleY([gap.y + 11], { x1: px(gap.x1), x2: px(gap.x2), ...line }),
          Plot.ruleX([gap.x1, gap.x2], { x: (x: number) => px(x), y1: gap.y + 7, y2: gap.y + 15, ...line }),
          Plot.text([gap.text], {
            x: px(gap.textX),
            y: gap.y,
            fill: 'var(--ink)',
            fontWeight: 700,
            ...halo,
            ariaLabel: 'outage label',
          }),
        ]
      : []),
  ];
}

export function stepMarks({ badges, axisY }: Layout, { at, px }: Scale): Plot.Markish[] {
  return [
    Plot.ruleX(badges, {
      x: (badge) => at(badge.at),
      y1: ({ y }) => y + 9,
      y2: axisY,
      stroke: 'var(--step)',
      strokeDasharray: '2,3',
      ariaLabel: 'steps',
    }),
    Plot.dot(badges, { x: ({ x }) => px(x), y: 'y', r: 8.5, fill: 'var(--step)', ariaLabel: 'step badges' }),
    Plot.text(badges, {
      x: ({ x }) => px(x),
      y: 'y',
      text: ({ number }) => String(number),
      fill: 'var(--paper)',
      fontWeight: 700,
      ariaLabel: 'step numbers',
    }),
  ];
}

export function axisMarks({ axisY, frame }: Layout, { from, to, px }: Scale): Plot.Markish[] {
  const middle = (frame.margin.left + frame.width - frame.margin.right) / 2;
  return [
    Plot.ruleY([axisY], { x1: from, x2: to, stroke: 'var(--faint)' }),
    Plot.axisX({
      anchor: 'bottom',
      ticks: frame.hasTitlesAbove ? 5 : 10,
      label: null,
      color: 'var(--quiet)',
      fontSize: fontPx,
    }),
    Plot.text(['seconds since the last success before the outage'], {
      x: px(middle),
      y: axisY + 36,
      fill: 'var(--quiet)',
      ariaLabel: 'axis label',
    }),
  ];
}
