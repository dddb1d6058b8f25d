import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { launch, type Browser } from 'puppeteer-core';

const PLACES = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const path = PLACES.find(place => place !== '' && existsSync(place));

/** Why no Chromium can run here, and how to get one; undefined where it can. */
export const chromiumMissing: string | undefined = whatIsMissing();

/** Whether Chromium can run here: `describe.skipIf(!chromiumAvailable)`. */
export const chromiumAvailable: boolean = chromiumMissing === undefined;

if (chromiumMissing) {
  process.stderr.write(`Tests in Chromium are skipped: ${chromiumMissing}\n`);
}

/** Starts a Chromium without a window. The caller closes it. */
export async function startChromium(): Promise<Browser> {
  // Containers mostly run as root, and have a small /dev/shm.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--hide-scrollbars'];
  return await launch({ executablePath: path, args });
}

function whatIsMissing(): string | undefined {
  const how = 'apt-get install chromium, or set CHROMIUM_PATH to one';
  if (path === undefined) {
    return `none found; ${how}`;
  }
  const { status } = spawnSync(path, ['--version'], { stdio: 'ignore' });
  return status === 0 ? undefined : `${path} does not run; ${how}`;
}
