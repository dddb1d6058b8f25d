import { Logger, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  InMemoryTaskNumAllocator,
  Registry,
  TsmonModule,
  type FlushOptions,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import type { PlatformName } from '../../lib/platform/platform.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { startApp } from '../support/test-app.js';

let app: INestApplicationContext | undefined;
let lines: string[];
let warnings: string[];

beforeEach(() => {
  [lines, warnings] = [[], []];
  vi.spyOn(Logger.prototype, 'log').mockImplementation((text: string) => void lines.push(text));
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((text: string) => void warnings.push(text));
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  vi.restoreAllMocks();
});

function moduleOf(options: TsmonModuleOptions): ReturnType<typeof TsmonModule.forRoot> {
  return TsmonModule.forRoot({
    registry: new Registry(),
    monitor: new FakeMonitor(),
    allocator: new InMemoryTaskNumAllocator(),
    housekeeping: { cron: false },
    ...options,
  });
}

describe('an application without HTTP', () => {
  const WARNING =
    /^Only RPC calls can flush: flush\.mode is 'request', and this application .* set flush\.mode to 'both'\.$/;

  it("warns that nothing may flush in mode 'request'", async () => {
    const module = moduleOf({ flush: { mode: 'request' } });
    app = await NestFactory.createApplicationContext(module, { logger: false });
    expect(warnings).toContainEqual(expect.stringMatching(WARNING));
  });

  it.each<TsmonModuleOptions>([
    { flush: { mode: 'both' } },
    { flush: { mode: 'request' }, enabled: false },
  ])('does not warn with %j', async options => {
    app = await NestFactory.createApplicationContext(moduleOf(options), { logger: false });
    expect(warnings).not.toContainEqual(expect.stringMatching(WARNING));
  });

  it('does not warn where HTTP is served', async () => {
    ({ app } = await startApp({ imports: [moduleOf({ flush: { mode: 'request' } })] }));
    expect(warnings).not.toContainEqual(expect.stringMatching(WARNING));
  });
});

describe('the first line of the log', () => {
  const HINT = " With instance-based billing set flush.mode to 'both', so that no request waits.";

  async function firstLine(name: PlatformName, flush: FlushOptions): Promise<string | undefined> {
    const platform = {
      name,
      onGoogleCloud: true,
      throttlesCpu: true,
      trustsAppEngineHeaders: false,
      service: 'web',
      version: 'v1',
      instanceId: 'i',
    };
    const module = await Test.createTestingModule({
      imports: [moduleOf({ flush })],
    })
      .overrideProvider('TSMON_PLATFORM')
      .useValue(platform)
      .compile();
    app = await module.createNestApplication({ logger: false }).init();
    return lines.find(line => line.startsWith('Metrics of '));
  }

  it.each<[PlatformName, FlushOptions, boolean]>([
    ['cloud-run', {}, true],
    ['cloud-functions', {}, true],
    ['cloud-run', { mode: 'request' }, false],
    ['app-engine-standard', {}, false],
  ])('on %s with flush %j names the option for instance-based billing: %j', async (...given) => {
    const [name, flush, isNamed] = given;
    expect((await firstLine(name, flush))?.endsWith(HINT)).toBe(isNamed);
  });
});

describe('TsmonModule.forRoot()', () => {
  it.each([
    [null, 'null'],
    ['shop', '"shop"'],
  ])('refuses %j as options', (given, got) => {
    expect(() => TsmonModule.forRoot(given as never)).toThrow(
      new TypeError(`TsmonModule options must be an object, got ${got}.`),
    );
  });
});
