import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** One process for everything, as that package has it for Lambda, dies with the first page that is closed. */
const isFragile = (arg: string): boolean => arg === '--single-process' || arg === '--no-zygote';

/** It emulates a GPU, which takes three quarters of the time of a page without 3D. */
const isForGpu = (arg: string): boolean => /gpu|--use-(gl|angle)|swiftshader/.test(arg);

/** A headless Chromium: on Linux the one inside an npm package, elsewhere an installed Chrome. */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform !== 'linux') return playwright.launch({ channel: 'chrome' });
  const args = chromium.args.filter((arg) => !isFragile(arg) && !isForGpu(arg));
  return playwright.launch({ executablePath: await chromium.executablePath(), args: [...args, '--disable-gpu'] });
}
