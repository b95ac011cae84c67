import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchBrowser } from '../../scripts/browser.ts';

/** `said`: what the page wrote to the console; `asked`: the addresses that it requested. */
type Opened = { readonly page: Page; readonly said: string[]; readonly asked: string[] };

type Look = { readonly width: number; readonly colorScheme: 'light' | 'dark' };

/** Pages as a reader has them: files in one tab of a browser, which runs for the tests of the file that calls this. */
export function pagesInBrowser(): { open(name: string, html: string, look: Look): Promise<Opened> } {
  const directory = mkdtempSync(join(tmpdir(), 'pages-'));
  let browser: Browser | undefined;
  let page: Page | undefined;
  let [said, asked]: [string[], string[]] = [[], []];
  beforeAll(async () => {
    browser = await launchBrowser();
    page = await browser.newPage();
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    async open(name, html, { width, colorScheme }) {
      const file = join(directory, `${name.replaceAll(' ', '-')}.html`);
      writeFileSync(file, html);
      if (!page) throw new Error('the browser has not been started');
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme, media: 'screen' });
      [said, asked] = [[], []];
      await page.goto(pathToFileURL(file).href);
      return { page, said, asked };
    },
  };
}

export type Box = {
  readonly text: string;
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
};

/** Every piece of text in pictures and tables, where it stands; what is not shown is left out. */
export const boxesOf = (page: Page, what = 'svg text, dt, dd, th, td, h1, h2, h3, li, p'): Promise<Box[]> =>
  page.evaluate(`[...document.querySelectorAll('${what}')].flatMap((element) => {
    const text = element.textContent.trim();
    const { left: x1, right: x2, top: y1, bottom: y2 } = element.getBoundingClientRect();
    return text && x2 > x1 && y2 > y1 ? [{ text, x1, x2, y1, y2 }] : [];
  })`);

/** Two boxes that cover the same ground by more than a hair. */
export function overlaps(boxes: readonly Box[]): string[] {
  const hair = 1;
  return boxes.flatMap((one, index) =>
    boxes
      .slice(index + 1)
      .filter((other) => Math.min(one.x2, other.x2) - Math.max(one.x1, other.x1) > hair)
      .filter((other) => Math.min(one.y2, other.y2) - Math.max(one.y1, other.y1) > hair)
      .map((other) => `"${one.text}" and "${other.text}"`),
  );
}

/** The contrast of each text with what is behind it, after WCAG; the palest first. */
export const contrasts = (page: Page): Promise<number[]> =>
  page.evaluate(`(() => {
    const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((one) => one / 255).map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
      .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (element) => {
      const own = rgb(getComputedStyle(element).backgroundColor);
      return own.length === 3 || own[3] > 0 || !element.parentElement ? own : behind(element.parentElement);
    };
    return [...document.querySelectorAll('h1,p,dt,dd,small,th,td,span,footer')].filter((one) => one.textContent.trim() && one.offsetParent).map((one) => {
      const [a, b] = [light(rgb(getComputedStyle(one).color)), light(behind(one))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }).sort((a, b) => a - b);
  })()`);
