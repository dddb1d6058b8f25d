import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { Units } from '../../lib/metrics/units.js';
import { prometheusPieces } from '../../lib/prometheus/prometheus-text.js';
import { AttributeSet } from '../../lib/sources/attribute-set.js';
import { SourceDeclaration } from '../../lib/sources/source-declaration.js';
import { OPEN_METRICS, PLAIN_TEXT, type TextFormat } from '../../lib/prometheus/text-format.js';
import type { Cell, Exemplar } from '../../lib/store/cell.js';
import { cell, distribution, endTime } from '../monitors/opentelemetry/cells.js';
import { targetWith } from './cells.js';

const registry = new Registry();
const target = targetWith({});
const durations = new CumulativeDistribution('shop/durations', {
  registry,
  description: 'How "long" it took.',
  units: Units.Milliseconds,
  bucketer: Bucketer.explicit([100, 1000, 1e9]),
});

async function textOf(cells: readonly Cell[], format: TextFormat = OPEN_METRICS): Promise<string> {
  let text = '';
  for await (const piece of prometheusPieces(cells, endTime, format)) {
    text += piece;
  }
  return text;
}

function exemplar(value: number, digit: string): Exemplar {
  const [traceId, spanId] = [digit.repeat(32), digit.repeat(16)];
  return { value, timestamp: 1_796_000_000_250_000, traceId, spanId };
}

describe('the text in OpenMetrics', () => {
  it('has exemplars at their buckets, and bounds as Go writes them', async () => {
    const value = distribution(durations.bucketer, 100, 250, 2000);
    const exemplars = [exemplar(250, 'a'), exemplar(2000, 'b')];
    const [a, b] = ['a', 'b'].map(
      digit => `# {trace_id="${digit.repeat(32)}",span_id="${digit.repeat(16)}"}`,
    );
    expect(await textOf([{ ...cell(durations, value, [], target), exemplars }])).toBe(
      `# HELP shop_durations_seconds How \\"long\\" it took.
# TYPE shop_durations_seconds histogram
shop_durations_seconds_bucket{le="0.1"} 0
shop_durations_seconds_bucket{le="1.0"} 2 ${a} 0.25 1796000000.25
shop_durations_seconds_bucket{le="1e+06"} 3 ${b} 2 1796000000.25
shop_durations_seconds_bucket{le="+Inf"} 3
shop_durations_seconds_sum 2.35
shop_durations_seconds_count 3
# EOF
`,
    );
  });

  it('has the slowest exemplar of the buckets that one bound stands for', async () => {
    const many = new CumulativeDistribution('many', {
      registry,
      bucketer: Bucketer.fixedWidth(1, 24),
    });
    const value = distribution(many.bucketer, 0.5, 1.5);
    const exemplars = [exemplar(0.5, 'a'), exemplar(1.5, 'b')];
    const text = await textOf([{ ...cell(many, value, [], target), exemplars }]);
    expect(text.match(/ # \{trace_id="./g)).toEqual([' # {trace_id="b']);
    expect(text).toMatch(/\{le="2\.0"\} 2 # .* 1\.5 /);
  });

  it('names the family of a counter and of a text without the suffix of its samples', async () => {
    const hits = new Counter('hits', { registry });
    const version = new StringGauge('version', { registry });
    const text = await textOf([cell(hits, 3, [], target), cell(version, 'v1', [], target)]);
    expect(text).toBe(
      `# HELP hits The metric hits.
# TYPE hits counter
hits_total 3
# HELP version The metric version.
# TYPE version info
version_info{value="v1"} 1
# EOF
`,
    );
  });

  it('calls the counter of a source unknown if its name has no such suffix', async () => {
    const named = (name: string): SourceDeclaration => {
      const options = {
        name,
        description: '',
        unit: '',
        kind: 'counter',
        isInteger: true,
      } as const;
      return new SourceDeclaration('prom', { ...options, points: [] }, new AttributeSet(name, {}));
    };
    const cells = ['errors', 'http_requests', 'jobs_total'].map(name => cell(named(name), 1));
    const types = (await textOf(cells)).match(/(?<=# TYPE ).*/g);
    expect(types).toEqual(['errors unknown', 'http_requests unknown', 'jobs counter']);
  });

  it('has no family twice, also where names differ in suffixes only', async () => {
    const clash = new Registry();
    const cells = [
      cell(new Counter('a/x', { registry: clash }), 1),
      cell(new IntGauge('a_x', { registry: clash }), 1),
      cell(new Counter('b/x', { registry: clash }), 1),
      cell(new StringGauge('b_x', { registry: clash }), 'text'),
    ];
    const types = (await textOf(cells)).match(/(?<=# TYPE ).*/g);
    expect(types).toEqual(['a_x_total unknown', 'a_x gauge', 'b_x counter', 'b_x_info unknown']);
  });

  it('has no comments', async () => {
    const hits = new Counter('hits', { registry });
    const cells = [cell(hits, 1), cell(hits, 2), cell(hits, NaN)];
    expect((await textOf(cells)).match(/^#.*/gm)).toEqual([
      '# HELP hits The metric hits.',
      '# TYPE hits counter',
      '# EOF',
    ]);
    expect(await textOf([])).toBe('# EOF\n');
  });

  it('differs from the plain text, which has no exemplars', async () => {
    const value = distribution(durations.bucketer, 250);
    const exemplars = [exemplar(250, 'a')];
    const text = await textOf([{ ...cell(durations, value), exemplars }], PLAIN_TEXT);
    expect(text).not.toContain('trace_id');
    expect(text).not.toContain('EOF');
  });
});
