import type { MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Exemplar } from '../store/cell.js';
import { helpText, label } from './escaping.js';

/** What differs between the two text formats that Prometheus reads. The names of series are the same in both. */
export interface TextFormat {
  /** The `Content-Type` of the text. */
  readonly contentType: string;
  /** Writes a comment. */
  comment(text: string): string;
  /**
   * Writes the lines before the samples of a metric.
   *
   * @param name the name of its samples.
   * @param taken the names of all metrics. Names that are derived from them are added.
   */
  heading(name: string, metric: MetricDeclaration, taken: Set<string>): string;
  /** Writes the bound of a bucket. */
  bound(value: number): string;
  /** Writes an exemplar behind the sample of its bucket. */
  exemplar(exemplar: Exemplar): string;
  /** The last line. */
  readonly end: string;
}

/** The exposition format 0.0.4 of Prometheus. It has no exemplars. */
export const PLAIN_TEXT: TextFormat = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  comment: text => `# ${text}\n`,
  heading(name, metric) {
    const type = typeOf(metric);
    return lines(name, type === 'info' ? 'gauge' : type, descriptionOf(metric));
  },
  bound: String,
  exemplar: () => '',
  end: '',
};

/** OpenMetrics 1.0. It has no comments, and the name of a counter has no suffix before its samples. */
export const OPEN_METRICS: TextFormat = {
  contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  comment: () => '',
  heading(name, metric, taken) {
    const type = typeOf(metric);
    const help = descriptionOf(metric).replaceAll('"', '\\"');
    const suffix = { counter: '_total', info: '_info', gauge: '', histogram: '' }[type];
    const family = name.slice(0, name.length - suffix.length);
    // Counters of sources keep their names, also without the suffix.
    if (suffix !== '' && (!name.endsWith(suffix) || taken.has(family))) {
      taken.add(name);
      return lines(name, 'unknown', help);
    }
    taken.add(family);
    return lines(family, type, help);
  },
  bound: canonical,
  exemplar({ value, timestamp, traceId, spanId }) {
    const labels = `${label('trace_id', traceId)},${label('span_id', spanId)}`;
    return ` # {${labels}} ${value} ${timestamp / 1e6}`;
  },
  end: '# EOF\n',
};

function lines(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function descriptionOf({ name, description }: MetricDeclaration): string {
  return helpText(description.trim() || `The metric ${name}.`);
}

function typeOf({ kind }: MetricDeclaration): 'counter' | 'gauge' | 'histogram' | 'info' {
  switch (kind.valueType) {
    case 'distribution':
      return 'histogram';
    case 'string':
      return 'info';
    default:
      return kind.cumulative ? 'counter' : 'gauge';
  }
}

/** Writes a number as OpenMetrics wants bounds, which is as Go writes it: `1.0`, `1e+06`. */
function canonical(value: number): string {
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  if (value !== 0 && (Number(exponent) < -4 || Number(exponent) >= 6)) {
    return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
