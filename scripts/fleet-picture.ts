import { fleetHtml } from '../cli/fleet/page.ts';
import { mixedRows, reading } from '../test/cli/fleet/example-rows.ts';
import { launchBrowser } from './browser.ts';

/* `node scripts/fleet-picture.ts PICTURE.png`: the fleet page of the tests' example, for docs/command.md. */

const [picture] = process.argv.slice(2);
if (!picture) {
  console.error('usage: node scripts/fleet-picture.ts PICTURE.png');
  process.exit(2);
}
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1184, height: 100 }, colorScheme: 'light' });
  await page.setContent(fleetHtml(mixedRows, reading));
  await page.screenshot({ path: picture, fullPage: true });
} finally {
  await browser.close();
}
