import { withoutLeadingSlash } from '../../../monitors/opentelemetry/opentelemetry-options.js';
import { ucum } from '../../../monitors/ucum.js';
import type { ShownMetric } from '../shown-metric.js';
import type { ChosenTargets, SeriesNames } from './series-names.js';

/** The words that OpenTelemetry's rules have for the units that this library sends. Other units stay as they are. */
const WORDS: Readonly<Record<string, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  A: 'amperes',
  Cel: 'celsius',
};

/** The names that OTLP gets in Prometheus by the rules of OpenTelemetry: with the unit in words, and `_total` for counters. */
export function otlpNames({ service, job }: ChosenTargets): SeriesNames {
  return {
    nameOf: nameInPrometheus,
    labelOf: (_, field) => plainLabel(field),
    textLabelOf: ({ fields }) => {
      let label = 'value';
      while (fields.includes(label)) {
        label += '_';
      }
      return label;
    },
    unitOf: unitIn,
    targetLabels: [{ label: 'job', title: 'Job', value: jobLabel(service, job), isPattern: true }],
    matchers: [],
    window: '10m',
  };
}

function nameInPrometheus(metric: ShownMetric): string {
  const isCounter = metric.kind.cumulative && metric.kind.valueType !== 'distribution';
  const name = metric.origin?.name ?? withoutLeadingSlash(metric.name);
  const words = name.split(/[^A-Za-z0-9:]+/).filter(Boolean);
  const unit = unitIn(metric).replace(/\{[^{}]*\}/g, '');
  const unitWord = WORDS[unit] ?? unit.replace(/\W+/g, '_');
  if (unitWord !== '' && !words.includes(unitWord)) {
    words.push(unitWord);
  }
  const all = isCounter ? [...words.filter(word => word !== 'total'), 'total'] : words;
  return all.join('_').replace(/^(?=\d)/, '_');
}

function unitIn({ units, origin }: ShownMetric): string {
  return origin?.unit ?? ucum(units);
}

function plainLabel(field: string): string {
  return field.replace(/\W/g, '_').replace(/^(?=\d)/, 'key_');
}

/** The label `job` has the attributes `service.namespace` and `service.name`. */
function jobLabel(service: string | undefined, job: string | undefined): string | undefined {
  return service === undefined && job === undefined
    ? undefined
    : `${literal(service) ?? '[^/]*'}/${literal(job) ?? '.*'}`;
}

/** Returns a regular expression that matches a text and nothing else. */
function literal(text: string | undefined): string | undefined {
  return text?.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
