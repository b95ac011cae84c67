import * as Plot from '@observablehq/plot';
import type { DrillRecord } from '../record.ts';
import { type Frame, fontPx, layoutOf } from './layout.ts';
import { axisMarks, clientMarks, itemMarks, spanMarks, stepMarks, textMarks } from './marks.ts';
import { scaleOf } from './scale.ts';
import { type SvgDocument, svgDocument } from './svg-document.ts';

/** The swim lanes as static SVG. Colours and patterns are the page's: see style.ts and patterns.ts. */
export function chartSvg(record: DrillRecord, given: Frame, document: SvgDocument = svgDocument()): string {
  const layout = layoutOf(record, given);
  const { frame } = layout;
  const scale = scaleOf(record, layout);
  const svg = Plot.plot({
    document,
    width: frame.width,
    height: layout.height,
    marginLeft: frame.margin.left,
    marginRight: frame.margin.right,
    marginTop: 0,
    marginBottom: layout.height - layout.axisY,
    style: `font-family: inherit; font-size: ${fontPx}px; background: none; overflow: visible;`,
    ariaLabel: 'Swim lanes of the failover over time',
    x: { type: 'linear', domain: [scale.from, scale.to], axis: null },
    y: { type: 'identity', axis: null },
    // Text comes last, so that no line runs through it.
    marks: [
      Plot.rect(layout.bands, { x1: scale.from, x2: scale.to, y1: 'y1', y2: 'y2', fill: 'var(--lane)' }),
      ...spanMarks(layout, scale),
      ...itemMarks(layout, scale),
      ...clientMarks(record, layout, scale),
      ...stepMarks(layout, scale),
      ...textMarks(layout, scale),
      ...axisMarks(layout, scale),
    ],
  });
  svg.setAttribute('role', 'img');
  return svg.outerHTML;
}
