import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkedModuleOptions } from '../../lib/options/module-options.js';
import { ROOT, rowsUnder, textOf } from './readme-markdown.js';
import { TIMEOUT_MS } from './readme-setting.js';

const PAGE = 'docs/options.md';
const GROUPS = new Set([
  'flush',
  'taskNumbers',
  'housekeeping',
  'http',
  'http.metrics',
  'http.bucketers',
  'rpc',
  'limits',
  'shutdown',
  'status',
]);
/** Options of which the page has all in tables of their own. */
const HAS_TABLE = /^(target|datastore|monitor)\./;

const rows = rowsUnder(textOf(PAGE), 'option').map(([option = '', type, byDefault, says = '']) => ({
  option: option.replaceAll('`', ''),
  type,
  byDefault,
  says,
}));

/** The names that the library knows: it lists them when it is given another one. */
function namesIn(group?: string): string[] {
  const unknown = { nonsense: true };
  let message = '';
  try {
    const names = group === undefined ? [] : group.split('.');
    checkedModuleOptions(names.reduceRight<object>((part, name) => ({ [name]: part }), unknown));
  } catch (error) {
    message = String(error);
  }
  return /it has ([^.]+)\./.exec(message)![1]!.split(', ');
}

function knownOptions(group?: string): string[] {
  return namesIn(group)
    .map(name => (group === undefined ? name : `${group}.${name}`))
    .flatMap(option => (GROUPS.has(option) ? knownOptions(option) : option));
}

/** The defaults that do not depend on the platform. */
function defaults(): Record<string, unknown> {
  const { flush, taskNumbers, housekeeping, http, rpc, limits, shutdown, status, ...others } =
    checkedModuleOptions({});
  return {
    enabled: others.enabled,
    'flush.intervalSec': flush.intervalSec,
    'flush.timeoutSec': flush.timeoutSec,
    'flush.workers': flush.workers,
    'taskNumbers.expirationSec': taskNumbers.expirationSec,
    'taskNumbers.selfAssign': taskNumbers.selfAssign,
    'housekeeping.cron': housekeeping.cron,
    'housekeeping.controller': housekeeping.controller,
    'http.enabled': http.enabled,
    'http.client': http.client,
    'http.metrics.durations': http.metrics.durations,
    'http.metrics.status': http.metrics.status,
    'http.metrics.requestBytes': http.metrics.requestBytes,
    'http.metrics.responseBytes': http.metrics.responseBytes,
    'http.metrics.inFlight': http.metrics.inFlight,
    'rpc.enabled': rpc.enabled,
    'limits.cellsPerMetric': limits.cellsPerMetric,
    'shutdown.timeoutSec': shutdown.timeoutSec,
    'status.enabled': status.enabled,
    runtimeStats: others.runtimeStats,
  };
}

describe('docs/options.md', () => {
  it(
    'is up to date with the docstrings of the options: else run npm run docs:options',
    { timeout: TIMEOUT_MS },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'options-page-'));
      const written = join(folder, 'options.md');
      await copyFile(join(ROOT, PAGE), written);
      execFileSync(process.execPath, ['test/docs/options-page.mjs', written], { cwd: ROOT });
      const fresh = await readFile(written, 'utf8');
      await rm(folder, { recursive: true });
      expect(textOf(PAGE)).toBe(fresh);
    },
  );

  it('has the options that the library knows', () => {
    const named = rows.map(({ option }) => option).filter(option => !HAS_TABLE.test(option));
    expect(named.toSorted()).toEqual(knownOptions().toSorted());
  });

  it.each(['cloudMonitoring', 'prodx', 'openTelemetry', 'debug'])(
    'has the options of the monitor %s',
    name => {
      const named = rows.filter(({ option }) => option.startsWith(`monitor.${name}.`));
      expect(named.length).toBeGreaterThan(1);
    },
  );

  it('has a type, a default and a sentence for each option', () => {
    const poor = rows.filter(({ type, byDefault, says }) => !type || !byDefault || says === '');
    expect(poor).toEqual([]);
  });

  it.each(Object.entries(defaults()))('%s is %j by default', (option, value) => {
    expect(rows.find(row => row.option === option)?.byDefault).toBe(`\`${String(value)}\``);
  });
});
