import { mainOutage } from '../outage.ts';
import type { DrillRecord } from '../record.ts';
import { type Item, type Lane, lanesOf, type Range, rangeOf, type Span } from './lanes.ts';

/* Positions in pixels. Text widths are generous estimates, so that labels cannot overlap. */

export type Frame = {
  readonly width: number;
  /** Room for titles next to the lanes; without it they go above. */
  readonly margin: { readonly left: number; readonly right: number };
  readonly hasTitlesAbove: boolean;
};

export const wide: Frame = { width: 1120, margin: { left: 176, right: 14 }, hasTitlesAbove: false };
export const narrow: Frame = { width: 358, margin: { left: 4, right: 4 }, hasTitlesAbove: true };

export const fontPx = 12;
/** The widest of the fonts that `system-ui` may be. */
const charPx = fontPx * 0.63;
const textWidth = (text: string): number => text.length * charPx;

type Box = { readonly y1: number; readonly y2: number };
type Title = { readonly text: string; readonly y: number };
type PlacedSpan = Span & Box & { readonly text: string };
/** `textX` in pixels; `anchor` says at which end of the text it is. */
export type PlacedItem = Item & Box & { readonly textX: number; readonly anchor: 'start' | 'end' };
type Badge = { readonly number: number; readonly x: number; readonly y: number; readonly at: number };

export type Layout = {
  readonly frame: Frame;
  readonly range: Range;
  readonly height: number;
  readonly axisY: number;
  readonly titles: readonly Title[];
  readonly bands: readonly Box[];
  readonly spans: readonly PlacedSpan[];
  readonly items: readonly PlacedItem[];
  readonly badges: readonly Badge[];
  readonly client: Box;
  /** Pixels for a moment. */
  x(at: number): number;
};

const rowPx = 24;
const itemPx = 20;
const gapPx = 10;
const titlePx = 17;
const clientPx = 84;
const badgePx = 20;
const axisPx = 46;

/** Room for the longest title, for example an IPv6 target; bold titles are a little wider. */
function withRoomForTitles(frame: Frame, lanes: readonly Lane[]): Frame {
  if (frame.hasTitlesAbove) return frame;
  const longest = Math.max(...lanes.map(({ title }) => textWidth(title)));
  return { ...frame, margin: { ...frame.margin, left: Math.max(frame.margin.left, longest * 1.08 + 20) } };
}

export function layoutOf(record: DrillRecord, given: Frame): Layout {
  const lanes = lanesOf(record);
  const frame = withRoomForTitles(given, lanes);
  const range = rangeOf(record);
  const innerPx = frame.width - frame.margin.left - frame.margin.right;
  const x = (at: number) => frame.margin.left + ((at - range.from) / (range.to - range.from)) * innerPx;
  const badges = placeBadges(record, x, frame);
  const badgeRows = badges.reduce((most, { y }) => Math.max(most, y), 0) / badgePx + 1;
  let y = badgeRows * badgePx + gapPx;
  const titles: Title[] = [];
  const bands: Box[] = [];
  const spans: PlacedSpan[] = [];
  const items: PlacedItem[] = [];
  let client: Box = { y1: 0, y2: 0 };
  for (const lane of lanes) {
    if (frame.hasTitlesAbove) y += titlePx;
    const rows = lane.kind === 'items' ? packItems(lane.items, x, frame) : [];
    const height = heightOf(lane, rows.length);
    const box = { y1: y, y2: y + height };
    titles.push({ text: lane.title, y: frame.hasTitlesAbove ? y - titlePx / 2 : y + Math.min(height, rowPx) / 2 });
    bands.push(box);
    if (lane.kind === 'spans') spans.push(...lane.spans.map((span) => placeSpan(span, box, x)));
    if (lane.kind === 'client') client = box;
    items.push(...rows.flatMap((row, index) => row.map((item) => ({ ...item, ...rowBox(y, index) }))));
    y += height + gapPx;
  }
  return { frame, range, x, titles, bands, spans, items, badges, client, axisY: y - gapPx, height: y - gapPx + axisPx };
}

const heightOf = ({ kind }: Lane, rows: number): number => {
  if (kind === 'client') return clientPx;
  return kind === 'spans' ? rowPx : rows * itemPx + 4;
};

const rowBox = (top: number, index: number): Box => ({
  y1: top + 2 + index * itemPx,
  y2: top + 2 + (index + 1) * itemPx,
});

/** The label where it fits, a short form where that fits, otherwise none: the pattern and the legend remain. */
function placeSpan(span: Span, box: Box, x: (at: number) => number): PlacedSpan {
  const room = x(span.to) - x(span.from) - 8;
  const text =
    [span.label, span.short ?? span.label.split(' ').at(-1) ?? ''].find((one) => textWidth(one) <= room) ?? '';
  return { ...span, ...box, text };
}

type Packed = Item & { readonly textX: number; readonly anchor: 'start' | 'end' };

const markPx = 8;

/** Each item goes into the first row where neither it nor its label overlaps another. */
function packItems(items: readonly Item[], x: (at: number) => number, { width, margin }: Frame): Packed[][] {
  const rows: { items: Packed[]; taken: { from: number; to: number }[] }[] = [];
  for (const item of items.toSorted((one, other) => one.from - other.from)) {
    const { packed, from, to } = labelled(item, x, width - margin.right, margin.left);
    const free = rows.find(({ taken }) => taken.every((other) => to < other.from || from > other.to));
    const row = free ?? { items: [], taken: [] };
    if (!free) rows.push(row);
    row.items.push(packed);
    row.taken.push({ from: from - 4, to: to + 4 });
  }
  return rows.map((row) => row.items);
}

function labelled(item: Item, x: (at: number) => number, right: number, left: number) {
  const textPx = textWidth(item.label);
  const start = Math.max(x(item.from), left);
  const end = Math.min(item.to === undefined ? start : x(item.to), right);
  const isSpan = item.to !== undefined;
  if (isSpan && end - start >= textPx + 10)
    return { packed: { ...item, textX: start + 6, anchor: 'start' as const }, from: start, to: end };
  const after = end + (isSpan ? 5 : markPx);
  if (after + textPx <= right)
    return { packed: { ...item, textX: after, anchor: 'start' as const }, from: start - markPx, to: after + textPx };
  const before = start - (isSpan ? 5 : markPx);
  return { packed: { ...item, textX: before, anchor: 'end' as const }, from: before - textPx, to: end + markPx };
}

/** The numbers of the steps above the lanes, in lower rows where they would overlap. */
function placeBadges(
  { timeline, outageAt }: DrillRecord,
  x: (at: number) => number,
  { width, margin }: Frame,
): Badge[] {
  const rows: number[] = [];
  return timeline.flatMap(({ atMs }, index) => {
    if (atMs === undefined) return [];
    const at = outageAt + atMs;
    const place = Math.min(Math.max(x(at), margin.left + 9), width - margin.right - 9);
    const free = rows.findIndex((last) => place - last >= badgePx);
    const row = free === -1 ? rows.length : free;
    rows[row] = place;
    return [{ number: index + 1, x: place, y: row * badgePx + badgePx / 2, at }];
  });
}

type Bar = { readonly x1: number; readonly x2: number; readonly y1: number; readonly y2: number };

type ClientBars = {
  /** Upwards: attempts that were served. */
  readonly served: readonly Bar[];
  /** Downwards: attempts that failed. */
  readonly failed: readonly Bar[];
  readonly baseline: number;
  /** The longest outage with its label. */
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
