import type { MetricDeclaration } from '../../metrics/metric-declaration.js';
import { scopeKeyOf } from './scope.js';

/** Gives metrics their names in OpenTelemetry, and refuses a name that another metric has. */
export class MetricNames {
  private readonly given = new WeakMap<MetricDeclaration, string>();
  /** The declaration of each name. */
  private readonly owners = new Map<string, string>();

  constructor(private readonly nameOf: (name: string) => string) {}

  /** @throws Error when another metric has the name, TypeError when the option `metricName` returned no name. */
  of(metric: MetricDeclaration): string {
    let name = this.given.get(metric);
    if (name === undefined) {
      name = this.reserve(metric);
      this.given.set(metric, name);
    }
    return name;
  }

  private reserve(metric: MetricDeclaration): string {
    const { origin } = metric;
    // A metric of a source keeps its name. Another scope may have the same one.
    const name: unknown = origin ? origin.name : this.nameOf(metric.name);
    if (typeof name !== 'string' || name === '') {
      throw new TypeError(
        `metricName of an OpenTelemetryMonitor must return a name for "${metric.name}", got ${JSON.stringify(name)}`,
      );
    }
    const declaration = origin ? origin.describe() : metric.describe();
    const key = scopeKeyOf(metric) + name;
    const owner = this.owners.get(key);
    if (owner !== undefined && owner !== declaration) {
      throw new Error(
        `Two metrics would both be called "${name}": ${owner} and ${declaration}; rename one of them`,
      );
    }
    this.owners.set(key, declaration);
    return name;
  }
}
