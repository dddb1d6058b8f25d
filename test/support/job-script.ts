import { fileURLToPath } from 'node:url';
import { TestProcess, type Exit } from './processes.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How Node reads the script of a job. In CommonJS a process whose promise never settles ends in silence, with code 0. */
export type ScriptType = 'module' | 'commonjs';

const IMPORTS: Record<ScriptType, string> = {
  module: `
    import 'reflect-metadata';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { NestFactory } from '@nestjs/core';
    import * as tsmon from 'nestjs-tsmon';
  `,
  commonjs: `
    require('reflect-metadata');
    const { setTimeout: sleep } = require('node:timers/promises');
    const { NestFactory } = require('@nestjs/core');
    const tsmon = require('nestjs-tsmon');
  `,
};

/** What every job may use: a monitor that prints what it is sent of the metric `rows`, and a module with a hook. */
const COMMON = `
  const printingMonitor = {
    chunkSize: 0,
    async send(cells) {
      for (const { metric, value } of cells) {
        if (metric.name === 'rows') console.log('sent', value);
      }
      return { rejected: [] };
    },
    async close() {},
  };
  class Hook {
    onApplicationShutdown() { console.log('shutdown hook'); }
  }
  function jobModule(options) {
    return { module: class Job {}, imports: [tsmon.TsmonModule.forRoot(options)], providers: [Hook] };
  }
  async function startJob(options) {
    return NestFactory.createApplicationContext(jobModule(options), { logger: ['warn', 'error'] });
  }
`;

/**
 * Starts a process that uses the package as it was built, and whose event loop nothing of the test keeps alive.
 *
 * @param main the body of an async function.
 */
export function startJobScript(
  type: ScriptType,
  main: string,
  env: Record<string, string> = {},
): TestProcess {
  const call = type === 'module' ? 'await main();' : 'main();';
  const script = `${IMPORTS[type]}${COMMON}async function main() {${main}\n}\n${call}`;
  // Node 20 says once that require() of an ES module is new.
  const args = ['--no-warnings', '--unhandled-rejections=strict', `--input-type=${type}`];
  return new TestProcess(process.execPath, [...args, '-e', script], env, ROOT);
}

/** Runs a script to its end. One that does not end within a minute is killed. */
export async function runJobScript(
  type: ScriptType,
  main: string,
  env: Record<string, string> = {},
): Promise<Exit & { readonly lines: readonly string[] }> {
  const script = startJobScript(type, main, env);
  const killing = setTimeout(() => void script.end('SIGKILL'), 60_000);
  const exit = await script.ended();
  clearTimeout(killing);
  return { ...exit, lines: script.output.trimEnd().split('\n') };
}
