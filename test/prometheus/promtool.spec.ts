import { describe, expect, it } from 'vitest';
import {
  droppedCellsReporter,
  presenceReporter,
  unknownSendsReporter,
} from '../../lib/self/reporters.js';
import { RuntimeStatistics } from '../../lib/self/runtime-statistics.js';
import { AssignmentCounters } from '../../lib/self/assignment-counters.js';
import { HttpMetrics } from '../../lib/http/server/http-metrics.js';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { FloatGauge, IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { Units } from '../../lib/metrics/units.js';
import { prometheusText } from '../../lib/prometheus/prometheus-text.js';
import { cell, distribution, endTime, oneOfEach } from '../monitors/opentelemetry/cells.js';
import { prometheusMissing, promtoolProblems } from './prometheus-tools.js';
import { targetWith, valueFor } from './cells.js';

describe.skipIf(prometheusMissing)('promtool check metrics', () => {
  const registry = new Registry();

  it('accepts every kind', async () => {
    expect(promtoolProblems(await prometheusText(oneOfEach(), endTime))).toBe('');
  });

  it('accepts every unit', async () => {
    const cells = Object.values(Units).map((units, i) =>
      cell(new FloatGauge(`u/u${i}`, { registry, units }), 1.5),
    );
    expect(promtoolProblems(await prometheusText(cells, endTime))).toBe('');
  });

  it('accepts odd names, texts and targets', async () => {
    const odd = '\u0000\u0001\r\n\t\\"{}=,#\u2028\ud800\u{1f600}';
    const names = [
      '/x/in-use',
      'x/in_use',
      'x/IN/use',
      'xCount',
      'x_total',
      '9',
      '-',
      'x/sum',
      'x/bucket',
    ];
    const cells = names.flatMap((name, i) => {
      const options = {
        registry,
        description: i % 2 ? odd : ' ',
        fields: { le: 'string', __x: 'string', taskNum: 'string' },
      } as const;
      const fields = [odd, '', 'a'];
      return [
        cell(new Counter(`c${name}`, options), 1, fields),
        cell(new IntGauge(`g${name}`, options), 1, fields),
        cell(new StringGauge(`s${name}`, options), odd, fields),
        cell(
          new CumulativeDistribution(`d${name}`, options),
          distribution(Bucketer.default, 1, 1e30),
          fields,
          targetWith({ le: odd, 'ä-b': '', userId: 1 }),
        ),
      ];
    });
    expect(promtoolProblems(await prometheusText(cells, endTime))).toBe('');
  });

  it("accepts the library's own metrics", async () => {
    const own = new Registry();
    const parts = [HttpMetrics, RuntimeStatistics, AssignmentCounters];
    expect(parts.map(Part => new Part(own))).toHaveLength(3);
    [droppedCellsReporter, unknownSendsReporter, presenceReporter].forEach(report => report(own));
    const metrics = own.instanceMetrics();
    const cells = metrics.map(metric =>
      cell(
        metric,
        valueFor(metric),
        metric.fields.types.map(type => ({ string: 'x', int: 1, bool: true })[type]),
      ),
    );
    expect(metrics.length).toBeGreaterThan(15);
    expect(promtoolProblems(await prometheusText(cells, endTime))).toBe('');
  });

  it('refuses a mistake', () => {
    expect(promtoolProblems('# TYPE a counter\na 1\n')).toContain('_total');
    expect(promtoolProblems('a{b="c} 1\n')).toContain('exit code');
  });
});
