import { vi } from 'vitest';
import { filesOf } from './readme-typescript.js';

/** The compiler and whole applications take their time on a busy machine. */
export const TIMEOUT_MS = 120_000;

/** What `src/app.controller.ts` is in a new application of Nest. */
const APP_CONTROLLER = `
import { Controller, Get } from '@nestjs/common';
import { AppService } from './app.service.js';

@Controller()
export class AppController {
  constructor(private readonly appService: AppService) {}

  @Get()
  getHello(): string {
    return this.appService.getHello();
  }
}
`;

/** The application of the quick start: the files of the README, and the one that it leaves as Nest makes it. */
export const QUICK_START: ReadonlyMap<string, string> = new Map([
  ['src/app.controller.ts', APP_CONTROLLER],
  ...filesOf('README.md'),
]);

/** Takes away what a machine that runs on Google Cloud, or is set up for it, adds to the environment. */
export function likeAFreshMachine(): void {
  for (const name of ['GOOGLE_CLOUD_PROJECT', 'DATASTORE_EMULATOR_HOST', 'npm_package_name']) {
    vi.stubEnv(name, '');
  }
  for (const name of Object.keys(process.env).filter(key => key.startsWith('TSMON_'))) {
    vi.stubEnv(name, '');
  }
}
