import type { PlotOptions } from '@observablehq/plot';
import * as Plot from '@observablehq/plot';
import { escaped, withoutMarkup } from '../../page/html.ts';
import type { DrillRecord } from '../record.ts';
import { type Frame, fontPx, layoutOf } from './layout.ts';
import { axisMarks, clientMarks, itemMarks, scaleOf, spanMarks, stepMarks, textMarks } from './marks.ts';

/** The swim lanes as static SVG. Colours and patterns are the page's: see style.ts. */
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

type SvgDocument = NonNullable<PlotOptions['document']>;

const svg = 'http://www.w3.org/2000/svg';

type Child = Element | string;

/** The few members of a DOM element that the plotting library uses. */
class Element {
  readonly ownerDocument: unknown;
  readonly namespaceURI: string;
  readonly tagName: string;
  private readonly values = new Map<string, string>();
  private children: Child[] = [];

  constructor(ownerDocument: unknown, namespaceURI: string, tagName: string) {
    this.ownerDocument = ownerDocument;
    this.namespaceURI = namespaceURI;
    this.tagName = tagName;
  }

  get firstChild(): Child | null {
    return this.children[0] ?? null;
  }

  setAttribute(name: string, value: unknown): void {
    this.values.set(name, String(value));
  }

  setAttributeNS(_space: string, name: string, value: unknown): void {
    this.setAttribute(name, value);
  }

  set style(text: unknown) {
    this.setAttribute('style', text);
  }

  getAttribute(name: string): string | null {
    return this.values.get(name) ?? null;
  }

  removeAttribute(name: string): void {
    this.values.delete(name);
  }

  appendChild(child: Child): Child {
    this.children.push(child);
    return child;
  }

  append(...children: readonly Child[]): void {
    this.children.push(...children);
  }

  insertBefore(child: Child, before: Child | null): Child {
    const index = before === null ? this.children.length : this.children.indexOf(before);
    this.children.splice(index, 0, child);
    return child;
  }

  get textContent(): string {
    return this.children.map((child) => (typeof child === 'string' ? child : child.textContent)).join('');
  }

  set textContent(text: unknown) {
    this.children = text === null || text === '' ? [] : [String(text)];
  }

  get outerHTML(): string {
    const values = [...this.values].map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
    // The style sheet is the plotting library's.
    const shown = this.tagName === 'style' ? withoutMarkup : escaped;
    const inner = this.children.map((child) => (typeof child === 'string' ? shown(child) : child.outerHTML)).join('');
    return `<${this.tagName}${values}>${inner}</${this.tagName}>`;
  }
}

/**
 * The document for the plotting library. jsdom would do, but takes a second to load, does not run on Node 20 and would be most of the
 * package; a test compares the two.
 */
function svgDocument(): SvgDocument {
  const document = {
    documentElement: undefined as unknown,
    createElementNS: (space: string, name: string) => new Element(document, space, name),
    createTextNode: (text: string) => text,
  };
  document.documentElement = document.createElementNS(svg, 'svg');
  return document as unknown as SvgDocument;
}
