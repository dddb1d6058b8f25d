import type { OnceLog } from '../../seldom-log.js';
import type { Cell } from '../../store/cell.js';
import type { Target } from '../../targets/target.js';
import { IsoTimes } from '../iso-micros.js';
import { wellFormed } from '../well-formed.js';
import type { MetricMapping, MetricMappings } from './metric-mapping.js';
import { resourceOf } from './monitored-resource.js';
import { pointValueJson } from './point-value.js';
import type { PointTimes, StreamName } from './stream-times.js';

/** The parts of a time series, without the times of its point. */
interface TimeSeries {
  readonly stream: StreamName;
  readonly mapping: MetricMapping;
  readonly resourceJson: string;
  readonly valueJson: string;
}

const LONGEST_LABEL_VALUE = 1024;
/** Characters that JSON must escape, and surrogates, which may lack their other half. */
// oxlint-disable-next-line no-control-regex
const NEEDS_ESCAPING = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Writes cells as the time series of the API. Text that is the same in every flush is written once and kept. */
export class TimeSeriesWriter {
  private readonly resources = new WeakMap<Target, string>();
  private readonly startTimes = new IsoTimes();
  private readonly endTimes = new IsoTimes();
  private last: { id: number; target: Target | undefined; group: string } = {
    id: -1,
    target: undefined,
    group: '',
  };

  constructor(
    private readonly mappings: MetricMappings,
    private readonly location: string,
    private readonly log: OnceLog,
  ) {}

  /** @throws Error with the reason why the cell can never be written. */
  seriesOf(cell: Cell, projectId: string): TimeSeries {
    const mapping = this.mappings.of(cell.metric);
    const { names } = cell.metric.fields;
    if (cell.fieldValues.length !== names.length) {
      throw new TypeError(
        `Metric "${cell.metric.name}" has ${cell.metric.fields.describe()}, but its cell has ${cell.fieldValues.length} field values.`,
      );
    }
    const valueJson = this.valueOf(cell);
    return {
      stream: this.streamOf(cell, mapping),
      mapping,
      resourceJson: this.resourceJson(cell.target, projectId),
      valueJson,
    };
  }

  /** The JSON of a time series with one point. */
  json({ stream, mapping, resourceJson, valueJson }: TimeSeries, times: PointTimes): string {
    const start =
      times.start === undefined ? '' : `"startTime":"${this.startTimes.textOf(times.start)}",`;
    const end = this.endTimes.textOf(times.end);
    return `${mapping.beforeLabels}${stream.labels}},"resource":${resourceJson},${mapping.afterResource}"points":[{"interval":{${start}"endTime":"${end}"},"value":${valueJson}}]}`;
  }

  private valueOf({ metric, value }: Cell): string {
    try {
      return pointValueJson(metric, value);
    } catch (error) {
      if (error instanceof RangeError) {
        this.log.warnOnce(error.message);
      }
      throw error;
    }
  }

  private streamOf(cell: Cell, { id, labels }: MetricMapping): StreamName {
    let json = '{';
    let areLabelsExact = true;
    for (const { key, field, beforeValue } of labels) {
      const value = String(field === undefined ? cell.value : cell.fieldValues[field]);
      if (value.length <= LONGEST_LABEL_VALUE && !NEEDS_ESCAPING.test(value)) {
        json += `${beforeValue}"${value}"`;
      } else {
        const accepted = this.acceptedText(cell, key, value);
        areLabelsExact &&= accepted === value;
        json += `${beforeValue}${JSON.stringify(accepted)}`;
      }
    }
    return { group: this.groupOf(id, cell.target), labels: `${json}}`, areLabelsExact };
  }

  /** Keeps the last text, since consecutive cells mostly have the same metric and target. */
  private groupOf(id: number, target: Target): string {
    const { last } = this;
    if (last.id !== id || last.target !== target) {
      this.last = { id, target, group: `${id} ${target.key}` };
    }
    return this.last.group;
  }

  /** Changes a text so that the API takes it: cuts it, and replaces lone surrogates. */
  private acceptedText({ metric }: Cell, key: string, text: string): string {
    if (text.length > LONGEST_LABEL_VALUE) {
      this.log.warnOnce(
        `Metric "${metric.name}" has values of the label "${key}" of more than ${LONGEST_LABEL_VALUE} characters, of which Cloud Monitoring takes the first ${LONGEST_LABEL_VALUE}. Record shorter ones.`,
      );
    }
    // A cut in the middle of a surrogate pair leaves one half, which is replaced, too.
    return wellFormed(text.slice(0, LONGEST_LABEL_VALUE));
  }

  private resourceJson(target: Target, projectId: string): string {
    let json = this.resources.get(target);
    if (json === undefined) {
      json = JSON.stringify(resourceOf(target, projectId, this.location));
      this.resources.set(target, json);
    }
    return json;
  }
}
