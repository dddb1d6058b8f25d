import { Logger, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TsmonService } from '../../lib/entry/index.js';
import { until } from '../support/processes.js';
import { WrittenApplication } from './readme-application.js';
import { BLOCKS, blocksIn } from './readme-markdown.js';
import { likeAFreshMachine, QUICK_START, TIMEOUT_MS } from './readme-setting.js';
import { filesOf, sourcesOf } from './readme-typescript.js';

describe('the quick start of the README', { timeout: TIMEOUT_MS }, () => {
  const files = new Map([...QUICK_START, ...filesOf('docs/testing.md')]);
  let started: INestApplication | undefined;
  let log: string[];

  async function application(): Promise<WrittenApplication> {
    const names = ['@nestjs/common', '@nestjs/testing', 'node:assert'];
    const loaded = await Promise.all(names.map(async name => [name, await import(name)] as const));
    const create = async (...args: Parameters<typeof NestFactory.create>): Promise<object> =>
      (started = await NestFactory.create(...args));
    return new WrittenApplication(files, {
      ...Object.fromEntries(loaded),
      '@nestjs/core': { NestFactory: { create } },
      'nestjs-tsmon': await import('../../lib/entry/index.js'),
      'nestjs-tsmon/testing': await import('../../lib/entry/testing.js'),
    });
  }

  afterEach(async () => {
    await started?.close();
    started = undefined;
    Logger.overrideLogger(false);
    vi.unstubAllEnvs();
  });

  it('starts, serves, and logs what the README says', async () => {
    likeAFreshMachine();
    vi.stubEnv('PORT', '0');
    log = [];
    const note = (message: unknown, context?: unknown): void => {
      log.push(...`[${String(context)}] ${String(message)}`.split('\n'));
    };
    Logger.overrideLogger({ log: note, warn: note, error: note });
    await (await application()).run('src/main.ts');
    const { port } = started!.getHttpServer().address() as { port: number };
    const response = await fetch(`http://localhost:${port}`);
    expect(await response.text()).toBe('Hello World!');

    const shown = BLOCKS.find(({ name }) => name === 'log');
    const promised = shown!.text.split('\n').map(withoutChance);
    expect(promised.length).toBeGreaterThan(4);
    await until('the log has what the README shows', async () => {
      await started!.get(TsmonService).flush();
      return promised.every(line => log.map(withoutChance).includes(line));
    });
  });

  it('is tested as docs/testing.md says', async () => {
    likeAFreshMachine();
    await expect((await application()).run('test/app.spec.ts')).resolves.toBeUndefined();
  });
});

describe('the examples of metrics', { timeout: TIMEOUT_MS }, () => {
  const examples = blocksIn('ts').filter(
    ([, { document, name, text }]) =>
      document === 'docs/metrics.md' && name === '' && !/^import |TsmonModule/m.test(text),
  );

  it.each(examples)('%s runs, and its values are what its comments say', async (_, block) => {
    const [source] = sourcesOf([block]).values();
    const found: unknown[] = [];
    const said: unknown[] = [];
    const instrumented = source!.replace(
      VALUE_IN_COMMENT,
      (_line, expression: string, value: string) => {
        said.push(value === 'undefined' ? undefined : JSON.parse(value.replaceAll("'", '"')));
        return `globalThis.found(${expression});`;
      },
    );
    vi.stubGlobal('found', (value: unknown) => found.push(value));
    const library = await import('../../lib/entry/index.js');
    const files = new Map([['example.ts', instrumented]]);
    await new WrittenApplication(files, { 'nestjs-tsmon': library }).run('example.ts');
    vi.unstubAllGlobals();
    expect(found).toEqual(said);
  });

  it('show values in their comments', () => {
    const values = examples.map(([, { text }]) => text.match(VALUE_IN_COMMENT) ?? []);
    expect(values.flat().length).toBeGreaterThan(4);
  });
});

/** A line such as `metric.get(); // 1`. */
const VALUE_IN_COMMENT = /^(.+); \/\/ (-?\d+(?:\.\d+)?|'[^']*'|undefined|true|false)(?::.*)?$/gm;

/** A line of the log without what differs from run to run. */
function withoutChance(line: string): string {
  return line
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/^\d+ cells/, 'N cells')
    .replace(/job_name="[^"]*"/, 'job_name="NAME"')
    .replace(/\s+/g, ' ')
    .trim();
}
