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

/** Pages as a reader has them: files in a browser, which runs for the tests of the file that calls this. */
export function pagesInBrowser(): { open(name: string, html: string, look: Look): Promise<Opened> } {
  const directory = mkdtempSync(join(tmpdir(), 'pages-'));
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    async open(name, html, { width, colorScheme }) {
      const file = join(directory, `${name.replaceAll(' ', '-')}.html`);
      writeFileSync(file, html);
      if (!browser) throw new Error('the browser has not been started');
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const said: string[] = [];
      const asked: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(pathToFileURL(file).href);
      return { page, said, asked };
    },
  };
}
