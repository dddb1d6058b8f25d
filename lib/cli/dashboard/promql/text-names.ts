import { baseUnitOf } from '../../../prometheus/base-unit.js';
import { familyName } from '../../../prometheus/family-name.js';
import { snakeCase } from '../../../prometheus/escaping.js';
import { labelNames } from '../../../prometheus/labels.js';
import { Task } from '../../../targets/task.js';
import type { ShownMetric } from '../shown-metric.js';
import type { ChosenTargets, SeriesNames } from './series-names.js';

const TARGET_LABELS = Object.keys(new Task({ serviceName: '', jobName: '' }).labels()).map(
  snakeCase,
);
/** Prometheus sets these itself, and renames labels of the same name. */
const SCRAPE_LABELS: ReadonlySet<string> = new Set(['job', 'instance']);
const UCUM: Readonly<Record<string, string>> = {
  seconds: 's',
  bytes: 'By',
  amperes: 'A',
  celsius: 'Cel',
};

/**
 * The names in the text of the status page, which a Prometheus scrapes.
 *
 * @param metrics all metrics in the text, sorted by name: two that would have one name get different ones.
 */
export function textNames(
  metrics: readonly ShownMetric[],
  { service, job }: ChosenTargets,
): SeriesNames {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const metric of metrics) {
    const name = familyName(metric, taken);
    taken.add(name);
    names.set(metric.name, name);
  }
  return {
    nameOf: metric => names.get(metric.name) ?? familyName(metric, taken),
    labelOf: (metric, field) => scraped(labelsOf(metric)[metric.fields.indexOf(field)]!),
    textLabelOf: metric => scraped(labelsOf(metric).at(-1)!),
    unitOf: ({ units, origin }) => {
      const base = baseUnitOf(units)?.name;
      return origin ? origin.unit : (UCUM[base ?? ''] ?? '');
    },
    targetLabels: [
      { label: 'service_name', title: 'Service', value: service },
      { label: 'job_name', title: 'Job', value: job },
    ],
    matchers: [],
    window: '$__rate_interval',
  };
}

function labelsOf({ fields, origin }: ShownMetric): string[] {
  return labelNames(fields, origin, TARGET_LABELS);
}

function scraped(label: string): string {
  return SCRAPE_LABELS.has(label) ? `exported_${label}` : label;
}
