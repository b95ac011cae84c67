import { describe, expect, test } from 'vitest';
import { experiments } from '../../../lab/experiments/catalogue.ts';
import { reportOf } from '../../../lab/report/files.ts';
import { labHtml } from '../../../lab/report/page.ts';
import type { LabState, Sample } from '../../../lab/state.ts';
import { pagesInBrowser } from '../../cli/opened-page.ts';
import { firstState } from '../rig.ts';

/* The report of a whole lab, as a reader has it. */

const sample = (run: number, ms: Sample['ms'], facts?: Sample['facts']): Sample => ({ run, at: 1, ms, facts });

const samples: LabState['samples'] = {
  registration: Array.from({ length: 30 }, (_, run) =>
    sample(run, { healthy: 80_000 + run * 1000, connected: 110_000 + (run % 3) * 20_000, tail: 90_000 }),
  ),
  weights: [{ run: 0, at: 1, ms: {}, error: 'Throttling: <b>Rate exceeded</b>' }],
  standby: [sample(0, {}, { look: 'before', zones: 'a, standby in b', interfaces: '10.0.1.10 in a: ok' })],
  'failover-instance': Array.from({ length: 5 }, (_, run) =>
    sample(run, {
      ...{ direct: 40_000 + run * 1000, reconciler: 180_000, 'warm standby': 35_000 },
      ...{ probe: 60_000, 'resource gateway': 42_000 },
    }),
  ),
};

const html = labHtml(reportOf({ ...firstState, place: 'sandbox', speed: 10, experiments: [], samples }, experiments));
const browser = pagesInBrowser();

describe('the report of a lab in a browser', () => {
  test.each([
    [1200, 'light'],
    [390, 'dark'],
  ] as const)(
    'fits %i pixels (%s), asks for nothing, and no text is cut or covers another',
    async (width, colorScheme) => {
      const { page, said, asked } = await browser.open(`lab ${width}`, html, { width, colorScheme });
      expect(said).toEqual([]);
      expect(asked).toHaveLength(1);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      const faults = await page.evaluate(`[...document.querySelectorAll('figure svg')].flatMap((svg) => {
      const frame = svg.getBoundingClientRect();
      const boxes = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
      const cut = boxes.filter(([, box]) => box.left < frame.left || box.right > frame.right || box.bottom > frame.bottom + 1);
      const over = boxes.flatMap(([one, a], index) => boxes.slice(index + 1)
        .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
        .map(([other]) => one + ' | ' + other));
      return [...cut.map(([text]) => text), ...over];
    })`);
      expect(faults).toEqual([]);
    },
  );

  test('has a dot for each run, and a bar at the median', async () => {
    const { page } = await browser.open('dots', html, { width: 1200, colorScheme: 'light' });
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
    const { page } = await browser.open('failed', html, { width: 1200, colorScheme: 'light' });
    const text = String(await page.evaluate('document.body.innerText'));
    expect(text).toContain('Throttling: <b>Rate exceeded</b>');
    expect(text).toContain('0 of 5 runs');
    expect(text).toContain('10.0.1.10 in a: ok');
    expect(text).toContain('This ran on one machine, not on AWS');
  });
});
