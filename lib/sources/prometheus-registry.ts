import { abortable } from '../clock/deadline.js';
import { log, printable } from '../log.js';
import { wrongType } from '../validation/option-errors.js';
import {
  array,
  callable,
  custom,
  isFunction,
  isObject,
  object,
  optional,
} from '../validation/schema.js';
import type { MetricSource, SourceMetric } from './metric-source.js';
import { metricsOf, type PrometheusLabels, type PrometheusMetric } from './prometheus-values.js';
import { SummarySums } from './summary-sums.js';

/**
 * A registry of prom-client, of any version with `getMetricsAsArray()`.
 *
 * @inline
 */
interface PrometheusRegistry {
  /** Returns the metrics. Each has a `name`, and a method `get()` that returns its values. */
  getMetricsAsArray(): readonly object[];
}

/**
 * Options of {@link prometheusRegistry}.
 *
 * @publicApi
 */
export interface PrometheusRegistryOptions {
  /**
   * The metrics to read: whole names, or RegExps that match a part of the name.
   *
   * @default none: all are read
   */
  include?: readonly (string | RegExp)[] | undefined;
  /**
   * Metrics that are not read, also if `include` names them.
   *
   * @default []
   */
  exclude?: readonly (string | RegExp)[] | undefined;
  /**
   * Returns the name of a metric for monitors: `name => name.replace(/^shop_/, '')`. The other options and the log know only the
   * original name.
   *
   * @default none: names stay
   */
  rename?: ((name: string) => string) | undefined;
}

const nameRule = custom<string | RegExp>({
  wanted: 'the name of a metric, or a RegExp',
  isType: (given): given is string | RegExp => typeof given === 'string' || given instanceof RegExp,
});
const NAMES = 'an array of names and RegExps';

/** The rules of the {@link PrometheusRegistryOptions}. */
export const prometheusRegistryOptions = object({
  include: optional(array(nameRule, { wanted: NAMES })),
  exclude: array(nameRule, { wanted: NAMES, default: [] }),
  rename: optional(
    callable<(name: string) => string>({ wanted: 'a function that returns a name' }),
  ),
});

/**
 * Makes a source of a prom-client registry, so that its metrics are sent with those of this library:
 *
 * ```ts
 * import { register } from 'prom-client';
 *
 * TsmonModule.forRoot({ sources: [prometheusRegistry(register)] });
 * ```
 *
 * Counters, gauges and histograms stay what they are. A summary becomes a gauge with the field `quantile`, and the counters
 * `<name>_sum` and `<name>_count`. Each metric is read by itself: one whose `collect()` throws or hangs stops no other, and its last
 * values are sent. The registry may change and be cleared. It can still be scraped.
 *
 * @param registry a registry of prom-client, such as its `register`, or a merged one.
 * @throws TypeError when `registry` is no registry, or an option has a wrong type.
 *
 * @publicApi
 */
export function prometheusRegistry(
  registry: PrometheusRegistry,
  options: PrometheusRegistryOptions = {},
): MetricSource {
  if (!isObject(registry) || !isFunction(registry['getMetricsAsArray'])) {
    throw wrongType('registry of prometheusRegistry()', 'a registry of prom-client', registry);
  }
  return new RegistrySource(
    registry,
    prometheusRegistryOptions.check(options, 'prometheusRegistry()'),
  );
}

type Settings = ReturnType<typeof prometheusRegistryOptions.check>;

/** The parts of a metric and a registry of prom-client that are used here. */
interface ReadableMetric {
  readonly name: string;
  readonly type?: string;
  get(): PrometheusMetric | Promise<PrometheusMetric>;
}

class RegistrySource implements MetricSource {
  readonly name = 'prometheus';
  private readonly readers = new Map<object, MetricReader>();

  constructor(
    private readonly registry: PrometheusRegistry,
    private readonly settings: Settings,
  ) {}

  async read(signal: AbortSignal): Promise<SourceMetric[]> {
    const present = (this.registry.getMetricsAsArray() as readonly ReadableMetric[]).filter(
      metric => this.isWanted(this.nameOf(metric)),
    );
    this.forgetAllBut(new Set(present));
    const read = await Promise.all(present.map(metric => this.readerOf(metric).read(signal)));
    return read.flat();
  }

  private isWanted(name: string): boolean {
    const { include, exclude } = this.settings;
    const isNamed = (rule: string | RegExp): boolean =>
      typeof rule === 'string' ? name === rule : name.search(rule) >= 0;
    return (include === undefined || include.some(isNamed)) && !exclude.some(isNamed);
  }

  private readerOf(metric: ReadableMetric): MetricReader {
    let reader = this.readers.get(metric);
    if (!reader) {
      reader = new MetricReader(metric, values => this.translated(metric, values));
      this.readers.set(metric, reader);
    }
    return reader;
  }

  private forgetAllBut(present: ReadonlySet<object>): void {
    for (const metric of this.readers.keys()) {
      if (!present.has(metric)) {
        this.readers.delete(metric);
      }
    }
  }

  private translated(metric: ReadableMetric, values: PrometheusMetric): SourceMetric[] {
    const name = this.nameOf(metric);
    return metricsOf(values, this.settings.rename?.(name) ?? name, this.defaultLabels());
  }

  /** The name in the text that Prometheus scrapes: a registry of OpenMetrics adds a suffix to counters. */
  private nameOf({ name, type }: ReadableMetric): string {
    const { contentType } = this.registry as { readonly contentType?: unknown };
    const addsTotal = type === 'counter' && String(contentType).includes('openmetrics');
    return addsTotal && !name.endsWith('_total') ? `${name}_total` : name;
  }

  private defaultLabels(): PrometheusLabels {
    const { _defaultLabels: labels } = this.registry as { readonly _defaultLabels?: unknown };
    return isObject(labels) ? (labels as PrometheusLabels) : {};
  }
}

/** Reads one metric, and keeps its last values for when it cannot be read. */
class MetricReader {
  private last: SourceMetric[] = [];
  private hasFailed = false;
  private readonly sums = new SummarySums();

  constructor(
    private readonly metric: ReadableMetric,
    private readonly translated: (values: PrometheusMetric) => SourceMetric[],
  ) {}

  async read(signal: AbortSignal): Promise<SourceMetric[]> {
    try {
      const read = await abortable(Promise.resolve(this.metric.get()), signal);
      const isSummary = read.type === 'summary';
      this.last = this.translated(isSummary ? { ...read, values: this.sums.held(read) } : read);
      this.hasFailed = false;
    } catch (error) {
      this.logOnce(error);
    }
    return this.last;
  }

  /** Logs the first failure in a row. */
  private logOnce(error: unknown): void {
    if (!this.hasFailed) {
      this.hasFailed = true;
      log.error(
        `Metric "${printable(this.metric.name)}" of a prom-client registry could not be read. Its last values are sent until it can be read again.`,
        error,
      );
    }
  }
}
