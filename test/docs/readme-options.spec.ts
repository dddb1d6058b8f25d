import { describe, expect, it } from 'vitest';
import { checkedModuleOptions } from '../../lib/options/module-options.js';
import { rowsUnder, textOf } from './readme-markdown.js';

const GROUPS = new Set([
  'flush',
  'taskNumbers',
  'housekeeping',
  'http',
  'limits',
  'shutdown',
  'status',
]);

const rows = rowsUnder(textOf('README.md'), 'option').map(([option = '', , byDefault = '']) => ({
  option: option.replaceAll('`', ''),
  byDefault,
}));

/** The names that the library knows: it lists them when it is given another one. */
function namesIn(group?: string): string[] {
  const unknown = { nonsense: true };
  let message = '';
  try {
    checkedModuleOptions((group ? { [group]: unknown } : unknown) as object);
  } catch (error) {
    message = String(error);
  }
  return /it has ([^.]+)\./.exec(message)![1]!.split(', ');
}

function knownOptions(): string[] {
  return namesIn()
    .flatMap(name => (GROUPS.has(name) ? namesIn(name).map(part => `${name}.${part}`) : name))
    .concat('isGlobal');
}

/** The defaults that do not depend on the platform. */
function defaults(): Record<string, unknown> {
  const { flush, taskNumbers, housekeeping, http, limits, shutdown, status, ...others } =
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
    'limits.cellsPerMetric': limits.cellsPerMetric,
    'shutdown.timeoutSec': shutdown.timeoutSec,
    'status.enabled': status.enabled,
    runtimeStats: others.runtimeStats,
  };
}

describe('the options in the README', () => {
  it('are those that the library knows', () => {
    expect(rows.map(({ option }) => option).toSorted()).toEqual(knownOptions().toSorted());
  });

  it.each(Object.entries(defaults()))('%s is %j by default', (option, value) => {
    expect(rows.find(row => row.option === option)?.byDefault).toBe(`\`${String(value)}\``);
  });
});

describe('the figures in the README', () => {
  const figures = rowsUnder(textOf('README.md'), 'table');
  const measured = rowsUnder(textOf('docs/performance.md'), 'what');

  it.each(figures)(
    '%s: %s, against %s, is %s, as in docs/performance.md',
    (_, what, peer, ratio) => {
      const row = measured.find(cells => cells[0] === what && cells.includes(peer!));
      expect(row, `docs/performance.md has no row "${what}" against "${peer}"`).toBeDefined();
      expect(row).toContain(ratio);
    },
  );

  it('are some', () => {
    expect(figures.length).toBeGreaterThan(3);
  });
});
