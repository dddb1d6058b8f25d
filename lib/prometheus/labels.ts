import type { MetricDeclaration } from '../metrics/metric-declaration.js';
import type { MetricOrigin } from '../metrics/metric-origin.js';
import type { Cell } from '../store/cell.js';
import type { Target } from '../targets/target.js';
import { label, snakeCase } from './escaping.js';

/** The labels of a target: as text, and the names in it. */
interface TargetLabels {
  readonly text: string;
  readonly names: readonly string[];
}

/** Labels that Prometheus gives the series of histograms and summaries. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(['le', 'quantile']);
/** A source has the quantiles of summaries as a gauge. */
const RESERVED_IN_SOURCES: ReadonlySet<string> = new Set(['le']);

/** Writes the labels of cells: first the labels of the target, then the fields, then the text of a StringGauge. */
export class CellLabels {
  private readonly targetLabels = new Map<Target, TargetLabels>();
  private readonly fieldNames = new Map<MetricDeclaration, Map<Target, string[]>>();

  /** Returns `service_name="shop",task_num="0",status="ok"`. */
  of({ metric, target, fieldValues, value }: Cell): string {
    const targetLabels = this.labelsOf(target);
    const values =
      metric.kind.valueType === 'string' ? [...fieldValues, String(value)] : fieldValues;
    const names = this.namesOf(metric, target, targetLabels.names);
    return [targetLabels.text, ...values.map((each, i) => label(names[i]!, each))]
      .filter(Boolean)
      .join(',');
  }

  private labelsOf(target: Target): TargetLabels {
    let labels = this.targetLabels.get(target);
    if (!labels) {
      const names: string[] = [];
      const texts = Object.entries(target.labels()).map(([name, value]) => {
        names.push(freeName(snakeCase(name), 'target', names));
        return label(names.at(-1)!, value);
      });
      labels = { text: texts.join(','), names };
      this.targetLabels.set(target, labels);
    }
    return labels;
  }

  private namesOf(
    metric: MetricDeclaration,
    target: Target,
    taken: readonly string[],
  ): readonly string[] {
    const byTarget = this.fieldNames.get(metric) ?? new Map<Target, string[]>();
    this.fieldNames.set(metric, byTarget);
    let names = byTarget.get(target);
    if (!names) {
      names = labelNames(metric.fields.names, metric.origin, taken);
      byTarget.set(target, names);
    }
    return names;
  }
}

/**
 * Returns the names of the labels of a metric: of its fields, and then of the text that a StringGauge has.
 *
 * @param origin where the metric comes from, if a source has named its fields.
 * @param taken the names of the labels of the target.
 */
export function labelNames(
  fields: readonly string[],
  origin: Pick<MetricOrigin, 'scope'> | undefined,
  taken: readonly string[],
): string[] {
  const names: string[] = [];
  for (const field of fields) {
    const original = origin ? originalLabel(field, origin) : snakeCase(field);
    const reserved = origin ? RESERVED_IN_SOURCES : RESERVED_NAMES;
    names.push(freeName(original, 'field', [...taken, ...names], reserved));
  }
  names.push(freeName('value', 'text', [...taken, ...names]));
  return names;
}

/** Returns the name of a label as the exporter of prom-client or OpenTelemetry writes it. Only OpenTelemetry has scopes. */
function originalLabel(name: string, { scope }: Pick<MetricOrigin, 'scope'>): string {
  return scope === undefined ? name : name.replace(/_{2,}/g, '_');
}

/** Returns the name, or `<prefix>_<name>` if it is taken. Names that begin with `__` are reserved by Prometheus. */
function freeName(
  name: string,
  prefix: string,
  taken: readonly string[],
  reserved = RESERVED_NAMES,
): string {
  let free = name.replace(/^__+/, '_');
  while (taken.includes(free) || reserved.has(free)) {
    free = `${prefix}_${free.replace(/^_/, '')}`;
  }
  return free;
}
