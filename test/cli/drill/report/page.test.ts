import { JSDOM } from 'jsdom';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { DrillRecord } from '../../../../cli/drill/record.ts';
import { chartSvg } from '../../../../cli/drill/report/chart.ts';
import { narrow, wide } from '../../../../cli/drill/report/layout.ts';
import { reportHtml } from '../../../../cli/drill/report/page.ts';
import { type Box, boxesOf, overlaps, pagesInBrowser } from '../../opened-page.ts';
import { at, busyRecord, drillRecord, observed, probes } from '../example-record.ts';

/* The report as a reader has it: a file in a browser. */

const interrupted = drillRecord({
  outcome: 'interrupted',
  requestedAt: undefined,
  timeline: [],
  observations: observed({ kind: 'dns', at: at(-5), answer: '10.0.1.10' }),
  probes: probes(-1, [9, 9]),
  endedAt: at(-1),
  problems: ['interrupted before the failover: nothing was failed over'],
});
const tcpOnly = drillRecord({ probe: 'tcp', writes: undefined, speed: 10 });
const { before } = drillRecord();
const inSandbox = drillRecord({
  place: 'sandbox',
  speed: 10,
  before: { ...before, engine: 'postgres 18.4 on db.r7g.large' },
});

const records: Readonly<Record<string, DrillRecord>> = {
  'a drill that went well': drillRecord(),
  'a drill where everything happens at once': busyRecord(),
  'a drill that was interrupted': interrupted,
  'a drill without a connection string': tcpOnly,
  'a drill in a sandbox': inSandbox,
};

const browser = pagesInBrowser();

async function open(name: string, width: number, colorScheme: 'light' | 'dark') {
  const record = records[name];
  if (!record) throw new Error(`no record is named ${name}`);
  return browser.open(name, reportHtml(record), { width, colorScheme });
}

/** Everything drawn that is no text: bars, marks, lines. */
const shapesOf = (page: Page): Promise<Box[]> =>
  page.evaluate(`[...document.querySelectorAll('svg rect, svg path, svg line, svg circle')].flatMap((element) => {
    const { left: x1, right: x2, top: y1, bottom: y2 } = element.getBoundingClientRect();
    return x2 > x1 && y2 > y1 ? [{ text: element.outerHTML.slice(0, 100), x1, x2, y1, y2 }] : [];
  })`);

const sights = Object.keys(records).flatMap((name) =>
  ([1280, 390] as const).flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ name, width, scheme }))),
);

describe('the report in a browser', () => {
  test.each(sights)(
    'of $name, $width px wide and $scheme, is quiet, whole and legible',
    async ({ name, width, scheme }) => {
      const { page, said, asked } = await open(name, width, scheme);
      expect(said).toEqual([]);
      expect(
        asked.filter((url) => !url.startsWith('file:')),
        'nothing leaves the file',
      ).toEqual([]);
      expect(asked).toHaveLength(1);
      const boxes = await boxesOf(page);
      expect(overlaps(boxes)).toEqual([]);
      expect(
        boxes.filter(({ x1, x2 }) => x1 < 0 || x2 > width).map(({ text }) => text),
        'beyond the edge',
      ).toEqual([]);
      expect(
        (await shapesOf(page)).filter(({ x1, x2 }) => x1 < 0 || x2 > width).map(({ text }) => text),
        'drawn beyond the edge',
      ).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    },
  );

  test.each([1280, 390])('has every lane with its title at %i px', async (width) => {
    const { page } = await open('a drill that went well', width, 'light');
    const texts = (await boxesOf(page)).map(({ text }) => text);
    for (const lane of [
      'Writer',
      'RDS API',
      'DNS answer',
      'RDS events',
      'Functions',
      'Target 10.0.1.10:5432',
      'Target 10.0.2.10:5432',
      'Client: writes',
      '0013',
      '0013 changed',
      'unhealthy',
      'initial',
    ])
      expect(texts).toContain(lane);
  });

  test("of a sandbox says so first, names what runs there, and has AWS's time as the large figure", async () => {
    const { page } = await open('a drill in a sandbox', 390, 'light');
    const text = String(await page.locator('main').textContent())
      .replace(/\s+/g, ' ')
      .trim();
    expect(text).toMatch(/^SANDBOX This ran on one machine, not on AWS, 10 times faster\. .*Failover drill: orders/);
    expect(text).toContain('PostgreSQL 18.4 on this machine');
    expect(text).not.toContain('db.r7g.large');
    expect(await page.locator('dd').nth(1).textContent()).toMatch(/^436\.00 s ?on AWS's clock: 43\.60 s here$/);
    const onAws = await open('a drill that went well', 390, 'light');
    expect(await onAws.page.locator('main').textContent()).not.toContain('SANDBOX');
  });

  test.each([
    [1280, 'flaps: 14 answers'],
    [390, 'flaps'],
  ])('has a name that flaps as one stretch with a label, %i px wide', async (width, label) => {
    const { page } = await open('a drill where everything happens at once', width, 'light');
    const texts = await page.locator('svg text:visible').allTextContents();
    expect(texts).toContain(label);
    const widths = await page
      .locator('g[fill="url(#tone-flap)"] > :visible')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().width));
    expect(widths).toHaveLength(1);
    expect(widths[0]).toBeGreaterThan(60);
    expect(await page.locator('.legend').textContent()).toContain('alternating');
  });

  test('has a heading for each figure of a table on a phone, and one for each column elsewhere', async () => {
    const heads = (page: Page): Promise<string[]> =>
      page.evaluate(`[...document.querySelectorAll('.stack')].flatMap((table) => [
        ...[...table.querySelectorAll('thead th')].filter((one) => one.offsetParent).map((one) => one.textContent),
        ...[...table.querySelectorAll('tbody tr:first-child td')].map((one) => getComputedStyle(one, '::before').content),
      ])`);
    const phone = await open('a drill that went well', 390, 'light');
    const told = (await heads(phone.page)).join(' ');
    for (const head of ['after the outage', 'takes', 'reached when', 'RDS says', 'begins', 'runs for', 'decision'])
      expect(told).toContain(head);
    const desk = await open('a drill that went well', 1280, 'light');
    expect(await heads(desk.page)).toEqual(
      expect.arrayContaining(['step', 'after the outage', 'takes', 'reached when']),
    );
    expect((await heads(desk.page)).filter((head) => head.startsWith('"'))).toEqual([]);
  });

  test('is dark when the reader is', async () => {
    const brightness = async (scheme: 'light' | 'dark') => {
      const { page } = await open('a drill that went well', 1280, scheme);
      const [red = 0] =
        (await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).match(/\d+/g) ?? [];
      return Number(red);
    };
    expect(await brightness('light')).toBe(255);
    expect(await brightness('dark')).toBeLessThan(40);
  });

  test('prints on white, with the wide picture', async () => {
    const { page } = await open('a drill that went well', 1280, 'dark');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.locator('.wide').isVisible()).toBe(true);
    expect(await page.locator('.narrow').isVisible()).toBe(false);
  });

  test('shows names from outside as text', async () => {
    const { page, said } = await open('a drill where everything happens at once', 1280, 'light');
    expect(await page.locator('h1').textContent()).toBe('Failover drill: <b>orders</b> & sons');
    expect(await page.locator('script').count()).toBe(0);
    expect(await page.locator('body').textContent()).toContain('<script>alert(1)</script>');
    expect(said).toEqual([]);
  });

  test.each([wide, narrow])('is drawn as jsdom would have it', (frame) => {
    for (const record of Object.values(records)) {
      const { document } = new JSDOM('').window;
      const parsed = (text: string) => new JSDOM(text).window.document.body.innerHTML;
      expect(parsed(chartSvg(record, frame))).toBe(parsed(chartSvg(record, frame, document)));
    }
  });

  test('tells the states apart without colour: each that fills a stretch has a pattern or a label of its own', () => {
    const html = reportHtml(busyRecord());
    for (const tone of ['none', 'busy', 'initial', 'unhealthy', 'draining', 'failed', 'run-held', 'run-failed'])
      expect(html).toMatch(new RegExp(`id="tone-${tone}"[^>]*><rect[^>]*/><(path|circle)`));
  });
});
