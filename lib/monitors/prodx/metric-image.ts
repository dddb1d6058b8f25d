import type { FieldType } from '../../metrics/fields.js';
import type { MetricDeclaration, ValueType } from '../../metrics/metric-declaration.js';
import { isTime } from '../../metrics/units.js';
import { BackwardWriter } from './backward-writer.js';
import { createFieldImage, type FieldImage } from './field-image.js';

const STREAM_KIND = { gauge: 0, cumulative: 1 };
const VALUE_TYPE: Readonly<Record<ValueType, number>> = {
  bool: 0,
  string: 1,
  int: 2,
  float: 3,
  distribution: 4,
};
const FIELD_TYPE: Readonly<Record<FieldType, number>> = { string: 0, int: 1, bool: 2 };

/** What is the same on the wire in all cells of a metric. */
export class MetricImage {
  /** All of a `MetricsDataSet` but its data. */
  readonly header: Uint8Array;
  readonly fields: readonly FieldImage[];
  readonly cumulative: boolean;
  readonly valueType: ValueType;

  constructor(
    readonly metric: MetricDeclaration,
    /** The name on the wire. */
    readonly name: string,
  ) {
    this.header = dataSetHeader(metric, name);
    this.fields = metric.fields.names.map((field, i) =>
      createFieldImage(field, metric.fields.types[i]!),
    );
    this.cumulative = metric.kind.cumulative;
    this.valueType = metric.kind.valueType;
  }
}

/** The images of metrics, made once each. */
export class MetricImages {
  private readonly images = new WeakMap<MetricDeclaration, MetricImage>();

  constructor(private readonly namePrefix: string) {}

  of(metric: MetricDeclaration): MetricImage {
    let image = this.images.get(metric);
    if (!image) {
      const { name } = metric;
      image = new MetricImage(metric, name.startsWith('/') ? name : this.namePrefix + name);
      this.images.set(metric, image);
    }
    return image;
  }
}

function dataSetHeader(metric: MetricDeclaration, name: string): Uint8Array {
  const { description, fields, kind, units } = metric;
  const writer = new BackwardWriter(256);
  if (units !== '') {
    writer.byte(isTime(units) && kind.valueType !== 'distribution' ? 1 : 0);
    writer.byte(0x10); // timestamp
    writer.string(units);
    writer.byte(0x0a); // unit
    writer.delimit(6, 0); // annotations
  }
  writer.string(description);
  writer.byte(0x2a); // description
  writer.byte(VALUE_TYPE[kind.valueType]);
  writer.byte(0x20); // value_type
  writer.byte(kind.cumulative ? STREAM_KIND.cumulative : STREAM_KIND.gauge);
  writer.byte(0x18); // stream_kind
  for (let i = fields.names.length - 1; i >= 0; i--) {
    const before = writer.length;
    writer.byte(FIELD_TYPE[fields.types[i]!]);
    writer.byte(0x10); // field_type
    writer.string(fields.names[i]!);
    writer.byte(0x0a); // name
    writer.delimit(2, before); // field_descriptor
  }
  writer.string(name);
  writer.byte(0x0a); // metric_name
  return writer.copyOfBytes();
}
