import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusMissing } from './prometheus-tools.js';

/** The count of a distribution as a backend gets it each minute: it changes in the tenth, and is quiet for 240 s otherwise. */
const POINTS = '10 _ _ _ 10 _ _ _ 10 16 _ _ _ 16 _ _ _ 16';
const COUNT = 'shop_latency_count{route="a"}';

describe.skipIf(prometheusMissing)('F12 in Prometheus a quiet distribution', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsmon-quiet-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What promtool finds wrong. The values are those of the one series that an expression yields at a minute, if it does. */
  function problems(expressions: readonly [string, minute: number, value?: number][]): string {
    const file = join(folder, 'rules.json');
    const tests = expressions.map(([expr, minute, value]) => ({
      expr,
      eval_time: `${minute}m`,
      exp_samples: value === undefined ? [] : [{ labels: '{route="a"}', value }],
    }));
    // JSON is YAML, too.
    writeFileSync(
      file,
      JSON.stringify({
        rule_files: [],
        evaluation_interval: '1m',
        tests: [
          {
            interval: '1m',
            input_series: [{ series: COUNT, values: POINTS }],
            promql_expr_test: tests,
          },
        ],
      }),
    );
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], {
      encoding: 'utf8',
    });
    return status === 0 ? '' : `${stdout}${stderr}`;
  }

  it('is never absent: the look-back of five minutes is longer than quietSec', () => {
    const minutes = Array.from({ length: 17 }, (_, i) => i + 1);
    expect(problems(minutes.map(minute => [`absent(${COUNT})`, minute]))).toBe('');
  });

  it('mostly has no rate over five minutes, since that needs two points', () => {
    expect(problems([[`rate(${COUNT}[5m])`, 7]])).toBe('');
    expect(problems([[`rate(${COUNT}[5m])`, 8, 0]])).toBe('');
  });

  it('has a rate over ten minutes at all times, and no sample is missing in it', () => {
    const minutes = Array.from({ length: 7 }, (_, i) => i + 1);
    expect(problems(minutes.map(i => [`rate(${COUNT}[10m]) >= bool 0`, 10 + i, 1]))).toBe('');
    // Six samples within nine minutes, extrapolated to ten.
    expect(problems([[`increase(${COUNT}[10m])`, 10, 6 * (10 / 9)]])).toBe('');
  });
});
