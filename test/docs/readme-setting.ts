import { vi } from 'vitest';

/** The compiler and whole applications take their time on a busy machine. */
export const TIMEOUT_MS = 120_000;

/** What `src/app.controller.ts` is in a new application of Nest, on which the quick start of the README builds. */
export const APP_CONTROLLER = `
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

/** Takes away what a machine that runs on Google Cloud, or is set up for it, adds to the environment. */
export function likeAFreshMachine(): void {
  for (const name of ['GOOGLE_CLOUD_PROJECT', 'DATASTORE_EMULATOR_HOST', 'npm_package_name']) {
    vi.stubEnv(name, '');
  }
  for (const name of Object.keys(process.env).filter(key => key.startsWith('TSMON_'))) {
    vi.stubEnv(name, '');
  }
}
