import type { OnceLog } from '../../seldom-log.js';
import type { Cell } from '../../store/cell.js';
import type { Target } from '../../targets/target.js';
import { isoMicros } from '../iso-micros.js';
import { wellFormed } from '../well-formed.js';
import { STRING_LABEL, type MetricMapping, type MetricMappings } from './metric-mapping.js';
import { resourceOf } from './monitored-resource.js';
import { pointValueOf, type PointValue } from './point-value.js';
import type { StreamName } from './stream-map.js';
import type { PointTimes } from './stream-times.js';

/** A cell as it will be sent, but for the times of its point. */
interface TimeSeries {
  /** Its identity. */
  readonly stream: StreamName;
  readonly mapping: MetricMapping;
  readonly value: PointValue;
}

const LONGEST_LABEL_VALUE = 1024;

/** Writes cells as the time series of the API. */
export class TimeSeriesWriter {
  private readonly resources = new WeakMap<Target, string>();

  constructor(
    private readonly mappings: MetricMappings,
    private readonly location: string,
    private readonly log: OnceLog,
  ) {}

  /** @throws Error that says why the cell can never be written. */
  seriesOf(cell: Cell, projectId: string): TimeSeries {
    const mapping = this.mappings.of(cell.metric);
    const { names } = cell.metric.fields;
    if (cell.fieldValues.length !== names.length) {
      throw new TypeError(
        `Metric "${cell.metric.name}" has ${cell.metric.fields.describe()}, but its cell has ${cell.fieldValues.length} field values.`,
      );
    }
    const value = this.valueOf(cell);
    return {
      stream: {
        resource: this.resourceText(cell.target, projectId),
        metric: JSON.stringify({ type: mapping.type, labels: this.labelsOf(cell, mapping) }),
      },
      mapping,
      value,
    };
  }

  private valueOf({ metric, value }: Cell): PointValue {
    try {
      return pointValueOf(metric, value);
    } catch (error) {
      if (error instanceof RangeError) {
        this.log.warnOnce(error.message);
      }
      throw error;
    }
  }

  private labelsOf(cell: Cell, { labels }: MetricMapping): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const { key, field } of labels) {
      texts[key] = this.labelValue(cell, key, String(cell.fieldValues[field]));
    }
    if (typeof cell.value === 'string') {
      texts[STRING_LABEL] = this.labelValue(cell, STRING_LABEL, cell.value);
    }
    return texts;
  }

  private labelValue({ metric }: Cell, key: string, text: string): string {
    if (text.length <= LONGEST_LABEL_VALUE) {
      return wellFormed(text);
    }
    this.log.warnOnce(
      `Metric "${metric.name}" has values of the label "${key}" of more than ${LONGEST_LABEL_VALUE} characters, of which Cloud Monitoring takes the first ${LONGEST_LABEL_VALUE}. Record shorter ones.`,
    );
    // A cut in the middle of a pair leaves a lone part, which becomes one character.
    return wellFormed(text.slice(0, LONGEST_LABEL_VALUE));
  }

  private resourceText(target: Target, projectId: string): string {
    let text = this.resources.get(target);
    if (text === undefined) {
      text = JSON.stringify(resourceOf(target, projectId, this.location));
      this.resources.set(target, text);
    }
    return text;
  }
}

/** The JSON of a time series with one point. */
export function seriesJson({ stream, mapping, value }: TimeSeries, times: PointTimes): string {
  const { metricKind, valueType, unit, description } = mapping;
  const rest = JSON.stringify({
    metricKind,
    valueType,
    unit,
    description,
    points: [{ interval: intervalOf(times), value }],
  });
  return `{"metric":${stream.metric},"resource":${stream.resource},${rest.slice(1)}`;
}

function intervalOf({ start, end }: PointTimes): { startTime?: string; endTime: string } {
  return start === undefined
    ? { endTime: isoMicros(end) }
    : { startTime: isoMicros(start), endTime: isoMicros(end) };
}
