import type { OnceLog } from '../../seldom-log.js';
import type { Cell } from '../../store/cell.js';
import type { Target } from '../../targets/target.js';
import { checkCell } from '../../store/check-cell.js';
import { IsoTimes, isoMicros, microsOf } from '../iso-micros.js';
import { wellFormed } from '../well-formed.js';
import type { JsonBytes } from './json-bytes.js';
import type { MetricMapping, MetricMappings } from './metric-mapping.js';
import { resourceOf } from './monitored-resource.js';
import { checkPointValue, writePointValue } from './point-value.js';
import type { PointTimes, StreamName } from './stream-times.js';

/** What the time series of a metric and a target have in common. */
interface Frame {
  readonly mapping: MetricMapping;
  readonly target: Target;
  /** The group of their streams. */
  readonly group: string;
  /** The JSON from the end of the labels to the interval of the point. */
  readonly afterLabels: Buffer;
}

const LONGEST_LABEL_VALUE = 1024;

/** Writes cells as the time series of the API. Text that is the same in every flush is made once and kept. */
export class TimeSeriesWriter {
  private readonly resources = new WeakMap<Target, string>();
  private readonly startTimes = new IsoTimes();
  private readonly stream = new WrittenStream();
  private endTime = NaN;
  private afterStart = '';
  /** Consecutive cells mostly have the same metric and target. */
  private lastFrame: Frame | undefined;

  constructor(
    private readonly mappings: MetricMappings,
    private readonly location: string,
    private readonly log: OnceLog,
  ) {}

  /**
   * Writes the beginning of a time series, up to the interval of its point.
   *
   * @returns the name of the stream. It is valid until the next time series is begun.
   * @throws Error with the reason why the cell can never be written.
   */
  begin(json: JsonBytes, cell: Cell, projectId: string): StreamName {
    checkCell(cell);
    const mapping = this.mappings.of(cell.metric);
    this.checkLimits(cell);
    const { group, afterLabels } = this.frameOf(mapping, cell.target, projectId);
    json.raw(mapping.beforeLabels);
    const from = json.length;
    const areLabelsExact = this.writeLabels(json, cell, mapping);
    this.stream.name(group, areLabelsExact, json, from);
    json.raw(afterLabels);
    return this.stream;
  }

  /** Writes the rest of a time series. */
  end(json: JsonBytes, cell: Cell, { start, end }: PointTimes, projectId: string): void {
    if (start !== undefined) {
      json.ascii('"startTime":"');
      json.ascii(this.startTimes.upToSecond(start));
      json.digits(microsOf(start), 6);
      json.ascii('Z",');
    }
    if (end !== this.endTime) {
      this.afterStart = `"endTime":"${isoMicros(end)}"},"value":`;
      this.endTime = end;
    }
    json.ascii(this.afterStart);
    writePointValue(json, cell, projectId);
    json.ascii('}]}');
  }

  private checkLimits({ metric, value }: Cell): void {
    try {
      checkPointValue(metric, value);
    } catch (error) {
      this.log.warnOnce((error as Error).message);
      throw error;
    }
  }

  /** @returns whether no text was changed. */
  private writeLabels(json: JsonBytes, cell: Cell, { labels }: MetricMapping): boolean {
    let areExact = true;
    for (const { key, field, beforeValue } of labels) {
      json.raw(beforeValue);
      const value = field === undefined ? cell.value : cell.fieldValues[field]!;
      if (typeof value === 'number') {
        json.ascii('"');
        json.integer(value);
        json.ascii('"');
      } else {
        const text = String(value);
        if (text.length > LONGEST_LABEL_VALUE || !json.plainString(text)) {
          const accepted = this.acceptedText(cell, key, text);
          areExact &&= accepted === text;
          json.string(accepted);
        }
      }
    }
    return areExact;
  }

  private frameOf(mapping: MetricMapping, target: Target, projectId: string): Frame {
    const last = this.lastFrame;
    if (last?.mapping === mapping && last.target === target) {
      return last;
    }
    const resource = this.resourceJson(target, projectId);
    const frame = {
      mapping,
      target,
      group: `${mapping.id} ${target.key}`,
      afterLabels: Buffer.from(
        `}},"resource":${resource},${mapping.afterResource}"points":[{"interval":{`,
      ),
    };
    this.lastFrame = frame;
    return frame;
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

/**
 * The name of the stream that was written last. Its labels are in the bytes, where mostly nobody reads them. There is one object
 * for all streams: when the last object of a hidden class is collected, V8 discards the code optimised for it.
 */
class WrittenStream implements StreamName {
  group = '';
  areLabelsExact = true;
  private json: JsonBytes | undefined;
  private from = 0;
  private to = 0;

  get labels(): string {
    return this.json!.text(this.from, this.to);
  }

  name(group: string, areLabelsExact: boolean, json: JsonBytes, from: number): void {
    this.group = group;
    this.areLabelsExact = areLabelsExact;
    this.json = json;
    this.from = from;
    this.to = json.length;
  }
}
