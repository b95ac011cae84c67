import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { type FleetRow, fleetHtml, isFleetPage } from '../../../cli/fleet/page.ts';
import { contrasts, pagesInBrowser } from '../opened-page.ts';
import { mixedRows, oddRows, reading, wellRow } from './example-rows.ts';

/* The fleet page as a reader has it: a file in a browser. */

const pages: Readonly<Record<string, readonly FleetRow[]>> = {
  mixed: mixedRows,
  odd: oddRows,
  hundred: Array.from({ length: 100 }, (_, index) => wellRow(`db-${index}`)),
};

const browser = pagesInBrowser();

const open = (name: string, width: number, colorScheme: 'light' | 'dark' = 'light') =>
  browser.open(name, fleetHtml(pages[name] ?? [], reading), { width, colorScheme });

const textOf = async (page: Page, what: string) =>
  String(await page.locator(what).textContent())
    .replace(/\s+/g, ' ')
    .trim();

const brightnessOf = async (page: Page) => {
  const [red = 0] =
    (await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).match(/\d+/g) ?? [];
  return Number(red);
};

const sights = (
  [
    ['mixed', [1280, 800, 390], ['light', 'dark']],
    ['odd', [1280, 800, 390], ['light']],
    ['hundred', [1280], ['light']],
    ['hundred', [390], ['dark']],
  ] as const
).flatMap(([name, widths, schemes]) => widths.flatMap((width) => schemes.map((scheme) => ({ name, width, scheme }))));

describe('the fleet page', () => {
  test.each(sights)(
    'of $name, $width px wide and $scheme, loads nothing, and fits',
    async ({ name, width, scheme }) => {
      const { page, said, asked } = await open(name, width, scheme);
      expect(said).toEqual([]);
      expect(asked).toHaveLength(1);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      const beyond = await page.evaluate(`[...document.querySelectorAll('dt, dd, th, td, h1, p, small')]
      .filter((one) => one.offsetParent && one.getBoundingClientRect().right > ${width}).map((one) => one.textContent)`);
      expect(beyond).toEqual([]);
      expect((await brightnessOf(page)) > 200).toBe(scheme === 'light');
      expect((await contrasts(page))[0]).toBeGreaterThanOrEqual(4.5);
    },
  );

  test('says of each database its state, writer, last failover and lag, missed events, alarms, and what to do next', async () => {
    const { page } = await open('mixed', 1280);
    expect(await textOf(page, 'h1')).toBe('Fleet: 6 databases');
    expect(await textOf(page, '.sub')).toBe('2026-11-30 06:30 UTC · events and failovers of the last 7 days');
    const rows: string[][] = await page.evaluate(`[...document.querySelectorAll('tbody tr')].map((row) =>
      [...row.children].map((cell) => cell.innerText.replace(/\\s+/g, ' ').trim()))`);
    expect(rows.slice(0, 3)).toEqual([
      [
        'audit eu-west-1',
        expect.stringMatching(
          /^✗ ?FAULT: there is no function audit-drift in eu-west-1 events not read: .* next: deploy it/,
        ),
        'not known',
        'not known',
        'not known',
        'none',
      ],
      [
        'billing eu-central-1',
        expect.stringMatching(/^✗ ?in sync, NO HEALTHY TARGET next: docs\/runbook\.md#no-healthy-target$/),
        '10.0.3.21:3306',
        'no failover',
        '0',
        'no-healthy-target, function-errors',
      ],
      [
        'orders eu-central-1',
        expect.stringMatching(/^! ?in sync next: rds-target events orders --since 168h$/),
        '10.0.2.10:5432',
        '2026-11-29 21:47 in sync after 73.1 s, by the schedule; 3 of 3 events MISSED 2 failovers',
        '3',
        'none',
      ],
    ]);
    expect(rows.slice(3).map(([name]) => name?.split(' ')[0])).toEqual(['reports', 'users', 'warehouse']);
    expect(await textOf(page, '.facts')).toBe(
      'well3of 6to look at2drift, a hold, an alarm, a missed failovernot known1not reached, or not allowedalarms that ring2of all databasesslowest failover73.1 s4 failovers, 3 missed events',
    );
  });

  test('has a heading for each cell on a phone, and one for each column elsewhere', async () => {
    const heads = ['state', 'writer', 'last failover', 'missed events', 'alarms'];
    const told = (page: Page): Promise<string[]> =>
      page.evaluate(`[
        ...[...document.querySelectorAll('thead th')].filter((one) => one.offsetParent).map((one) => one.textContent),
        ...[...document.querySelectorAll('tbody tr:first-child td')].map((one) => getComputedStyle(one, '::before').content),
      ]`);
    const phone = await open('mixed', 390);
    expect(await told(phone.page)).toEqual(heads.map((head) => `"${head} "`));
    const desk = await open('mixed', 1280);
    expect(await told(desk.page)).toEqual(['database', ...heads, ...heads.map(() => 'none')]);
  });

  test('prints on white, from a dark screen too', async () => {
    const { page } = await open('mixed', 1280, 'dark');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await brightnessOf(page)).toBe(255);
    expect(await page.locator('thead').isVisible()).toBe(true);
  });

  test('shows names and messages from outside as text', async () => {
    const { page } = await open('odd', 1280);
    expect(await page.locator('script, b').count()).toBe(0);
    expect(await textOf(page, 'tbody')).toContain('<script>alert(1)</script> & <b>bold</b>');
  });

  test('says what a sandbox is, and knows itself', () => {
    const html = fleetHtml(mixedRows, { ...reading, isSandbox: true });
    expect(html).toContain('<strong>SANDBOX</strong>');
    expect(fleetHtml(mixedRows, reading)).not.toContain('SANDBOX');
    expect(isFleetPage(html)).toBe(true);
    expect(isFleetPage(html.replace('rds-target fleet', 'rds-target drill'))).toBe(false);
  });
});
