import { describe, expect, test } from 'vitest';
import { experiments } from '../../../lab/experiments/catalogue.ts';
import { reportOf } from '../../../lab/report/files.ts';
import { labHtml } from '../../../lab/report/page.ts';
import type { LabState, Sample } from '../../../lab/state.ts';
import { boxesOf, contrasts, overlaps, pagesInBrowser } from '../../cli/opened-page.ts';
import { firstState } from '../rig.ts';

/* The report of a lab, as a reader has it. */

const sample = (run: number, ms: Sample['ms'], facts?: Sample['facts']): Sample => ({ run, at: 1, ms, facts });
const failed = (run: number): Sample => ({ run, at: 1, ms: {}, error: 'Throttling: <b>Rate exceeded</b>' });

const whole: LabState['samples'] = {
  registration: Array.from({ length: 30 }, (_, run) =>
    sample(run, { healthy: 80_000 + run * 1000, connected: 110_000 + (run % 3) * 20_000, tail: 90_000 }),
  ),
  weights: [failed(0)],
  standby: [sample(0, {}, { when: 'before', zones: 'a, standby in b', interfaces: '10.0.1.10 in a: ok' })],
  'failover-instance': Array.from({ length: 5 }, (_, run) =>
    sample(run, {
      ...{ direct: 40_000 + run * 1000, reconciler: 180_000, 'warm standby': 35_000 },
      ...{ probe: 60_000, 'resource gateway': 42_000 },
    }),
  ),
};

const pages: Readonly<Record<string, LabState['samples']>> = {
  'a whole lab': whole,
  'a lab that measured nothing': {},
  'a lab where all failed': Object.fromEntries(experiments.map(({ name }) => [name, [0, 1, 2].map(failed)])),
  'one run each': Object.fromEntries(
    experiments.map(({ name, figures }) => [
      name,
      [sample(0, Object.fromEntries(Object.keys(figures).map((key) => [key, 0])))],
    ]),
  ),
  'ways that no failover has in common': {
    'failover-cluster': [sample(0, { direct: 10_000 }), sample(1, { reconciler: 90_000 })],
  },
};

const browser = pagesInBrowser();

function open(name: string, width = 1200, colorScheme: 'light' | 'dark' = 'light') {
  const state = { ...firstState, place: 'sandbox' as const, speed: 10, samples: pages[name] ?? {} };
  return browser.open(name, labHtml(reportOf(state, experiments)), { width, colorScheme });
}

const sights = [
  { name: 'a whole lab', width: 1200, scheme: 'light' as const },
  ...Object.keys(pages).map((name) => ({ name, width: 390, scheme: 'dark' as const })),
];

describe('the report of a lab in a browser', () => {
  test.each(sights)('of $name, $width px wide and $scheme, is quiet, whole and legible', async (sight) => {
    const { name, width, scheme } = sight;
    const { page, said, asked } = await open(name, width, scheme);
    expect(said).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(overlaps(await boxesOf(page))).toEqual([]);
    const beyond = (await boxesOf(page, 'dt, dd, th, td, h1, h2, h3, li, p')).filter(
      ({ x1, x2 }) => x1 < 0 || x2 > width,
    );
    expect(beyond.map(({ text }) => text)).toEqual([]);
    // On a phone a picture is wider than the page, and scrolls.
    const cut = await page.evaluate(`[...document.querySelectorAll('figure svg')].flatMap((svg) => {
      const frame = svg.getBoundingClientRect();
      return [...svg.querySelectorAll('text, circle, path')].flatMap((one) => {
        const { left, right, bottom } = one.getBoundingClientRect();
        return left < frame.left || right > frame.right || bottom > frame.bottom + 1 ? [one.outerHTML] : [];
      });
    })`);
    expect(cut).toEqual([]);
    expect((await contrasts(page))[0]).toBeGreaterThanOrEqual(4.5);
    expect(await page.locator('body').textContent()).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('has a dot for each run, and a bar at the median', async () => {
    const { page } = await open('a whole lab');
    const counts = await page.evaluate(
      `[...document.querySelectorAll('figure svg')].map((svg) => [svg.querySelectorAll('circle').length, svg.querySelectorAll('.median').length])`,
    );
    // 3 figures of 30 runs; 5 ways of 5 runs; their 10 differences.
    expect(counts).toEqual([
      [90, 3],
      [25, 5],
      [50, 10],
    ]);
  });

  test('shows failed runs with their reason as text, what was not run, and what was seen', async () => {
    const { page } = await open('a whole lab');
    const text = await page.locator('body').textContent();
    expect(text).toContain('Throttling: <b>Rate exceeded</b>');
    expect(text).toContain('0 of 5 runs');
    expect(text).toContain('10.0.1.10 in a: ok');
    expect(text).toContain('This ran on one machine, not on AWS');
  });

  test('has a heading for each figure on a phone, where a table has no heads', async () => {
    const { page } = await open('a whole lab', 390);
    const heads = await page.evaluate(
      `[...document.querySelectorAll('.stack')[0].querySelectorAll('tbody tr:first-child td')].map((one) => getComputedStyle(one, '::before').content)`,
    );
    expect(heads).toEqual(['runs', 'median', 'p95', 'worst'].map((head) => expect.stringContaining(head)));
    expect(await page.locator('.stack thead').first().isVisible()).toBe(false);
  });
});
