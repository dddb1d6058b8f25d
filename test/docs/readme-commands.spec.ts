import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../lib/cli/run-command-line.js';
import { HOUSEKEEPING_PATH } from '../../lib/entry/index.js';
import { commandsOf, curlRequest, type Command } from './readme-commands.js';
import { blocksIn, ROOT, textOf } from './readme-markdown.js';
import { likeAFreshMachine, TIMEOUT_MS } from './readme-setting.js';

/** `.ci/consumers/proof.mjs` runs these bundlers, with the flags of the documents. */
const RUN_BY_PROOF: ReadonlySet<string> = new Set(['esbuild', 'ncc']);

describe('the commands of the documents', { timeout: TIMEOUT_MS }, () => {
  const { bin, scripts, peerDependencies, devDependencies } = JSON.parse(
    textOf('package.json'),
  ) as Record<'bin' | 'scripts' | 'peerDependencies' | 'devDependencies', Record<string, string>>;
  const packages = new Set([
    'nestjs-tsmon',
    ...Object.keys({ ...peerDependencies, ...devDependencies }),
  ]);
  let app: INestApplication | undefined;
  let url = '';
  beforeAll(async () => {
    likeAFreshMachine();
    const { AppModule } = await import('../../sample-app/src/app.module.js');
    app = await NestFactory.create(AppModule);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await app?.close();
    vi.unstubAllEnvs();
  });

  it.each(blocksIn('sh'))('%s', async (_, { text }) => {
    const commands = commandsOf(text);
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      await tryCommand(command);
    }
  });

  async function tryCommand(command: Command): Promise<void> {
    const [program, subcommand, ...words] = command;
    const line = command.join(' ');
    switch (program) {
      case 'npm':
        checkNpm(subcommand!, words);
        break;
      case 'npx':
        if (Object.hasOwn(bin, subcommand!)) {
          await checkOwn(words);
          break;
        }
        expect([line, RUN_BY_PROOF.has(subcommand!) || isInstalled(subcommand!)]).toEqual([
          line,
          true,
        ]);
        break;
      case 'curl':
        await checkCurl(command);
        break;
      case 'gcloud':
        checkGcloud(command);
        break;
      default:
        expect.fail(`"${line}" is tried by no test: say in ${import.meta.filename} how.`);
    }
  }

  function isInstalled(command: string): boolean {
    return existsSync(join(ROOT, 'node_modules', '.bin', command));
  }

  function checkNpm(subcommand: string, words: readonly string[]): void {
    switch (subcommand) {
      case 'ci':
        break;
      case 'install':
        expect(words.filter(word => !packages.has(word) && word !== '--omit=peer')).toEqual([]);
        break;
      default:
        expect(Object.keys(scripts)).toContain(subcommand === 'run' ? words[0] : subcommand);
    }
  }

  /** With --help the command checks its options, and does nothing else. */
  async function checkOwn(words: readonly string[]): Promise<void> {
    const complaints: string[] = [];
    const complain = (text: string): unknown => complaints.push(text);
    await runCommandLine([...words, '--help'], { print: () => {}, complain });
    expect(complaints).toEqual([]);
  }

  /** The sample app answers, though perhaps not to everybody. Of the bank it is chance whether it pays. */
  async function checkCurl(command: Command): Promise<void> {
    const { url: shown, ...request } = curlRequest(command);
    const { pathname, search } = new URL(shown);
    const { status } = await fetch(url + pathname + search, request);
    const isGuarded = pathname === HOUSEKEEPING_PATH;
    expect(isGuarded ? [403] : [200, 201, 402]).toContain(status);
  }

  function checkGcloud(command: Command): void {
    const options = command.filter(word => word.startsWith('--')).map(word => word.split('='));
    for (const [name, value = ''] of options) {
      if (name === '--uri') {
        expect(new URL(value).pathname).toBe(HOUSEKEEPING_PATH);
      }
      if (name === '--role') {
        expect(['roles/datastore.user', 'roles/monitoring.metricWriter']).toContain(value);
      }
    }
    expect(
      command
        .slice(1, 5)
        .filter(word => !word.startsWith('--'))
        .join(' '),
    ).toMatch(
      /^(scheduler jobs create http|firestore databases create|app deploy app.yaml cron.yaml|projects add-iam-policy-binding my-shop|auth application-default login|run jobs deploy tsmon-doctor)$/,
    );
  }
});
