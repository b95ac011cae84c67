import { readFileSync } from 'node:fs';
import type { DrillRecord } from '../cli/drill/record.ts';
import { reportHtml } from '../cli/drill/report/page.ts';
import { launchBrowser } from './browser.ts';

/* `node scripts/drill-picture.ts DRILL.json PICTURE.png`: the upper part of a drill's report, for the README. */

const [record, picture] = process.argv.slice(2);
if (!record || !picture) {
  console.error('usage: node scripts/drill-picture.ts DRILL.json PICTURE.png');
  process.exit(2);
}
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1184, height: 100 }, colorScheme: 'light' });
  await page.setContent(reportHtml(JSON.parse(readFileSync(record, 'utf8')) as DrillRecord));
  const { y, height } = (await page.locator('table').first().boundingBox()) ?? { y: 0, height: 0 };
  const clip = { x: 0, y: 0, width: 1184, height: Math.ceil(y + height + 20) };
  await page.screenshot({ path: picture, fullPage: true, clip });
} finally {
  await browser.close();
}
