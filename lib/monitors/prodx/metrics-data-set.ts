import type { FieldType } from '../../metrics/fields.js';
import type { MetricDeclaration, ValueType } from '../../metrics/metric-declaration.js';
import { isTime } from '../../metrics/units.js';
import { wellFormed } from '../well-formed.js';
import type { MetricsData } from './metrics-data.js';

/** A `MetricsDataSet`: the cells of one target and one metric, with the description of the metric. */
export interface MetricsDataSet {
  readonly metricName: string;
  readonly fieldDescriptor: readonly { readonly name: string; readonly fieldType: string }[];
  readonly streamKind: string;
  readonly valueType: string;
  readonly description: string;
  readonly annotations: { readonly unit: string; readonly timestamp: boolean } | undefined;
  readonly data: MetricsData[];
}

const VALUE_TYPE: Readonly<Record<ValueType, string>> = {
  bool: 'BOOL',
  string: 'STRING',
  int: 'INT64',
  float: 'DOUBLE',
  distribution: 'DISTRIBUTION',
};
const FIELD_TYPE: Readonly<Record<FieldType, string>> = {
  string: 'STRING',
  int: 'INT64',
  bool: 'BOOL',
};

/** A data set without cells. */
export function emptyDataSet(metric: MetricDeclaration, metricName: string): MetricsDataSet {
  const { description, fields, kind, units } = metric;
  return {
    metricName: wellFormed(metricName),
    fieldDescriptor: fields.names.map((name, i) => ({
      name,
      fieldType: FIELD_TYPE[fields.types[i]!],
    })),
    streamKind: kind.cumulative ? 'CUMULATIVE' : 'GAUGE',
    valueType: VALUE_TYPE[kind.valueType],
    description: wellFormed(description),
    annotations:
      units === ''
        ? undefined
        : {
            unit: wellFormed(units),
            timestamp: isTime(units) && kind.valueType !== 'distribution',
          },
    data: [],
  };
}
