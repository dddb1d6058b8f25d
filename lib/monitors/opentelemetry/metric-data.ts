import { isDistribution, type Distribution } from '../../metrics/distribution.js';
import type { MetricDeclaration } from '../../metrics/metric-declaration.js';
import type { Cell } from '../../store/cell.js';
import {
  explicitHistogram,
  exponentialHistogram,
  exponentialLayout,
  type ExponentialLayout,
} from './histogram.js';
import { hrTime } from './hr-time.js';
import type {
  OpenTelemetryAttributes,
  OpenTelemetryDataPoint,
  OpenTelemetryMetric,
  OpenTelemetryMetricData,
} from './opentelemetry-exporter.js';
import { ucum } from '../ucum.js';

/** The way in which the cells of a metric are sent. */
export interface MetricPoints {
  readonly data: OpenTelemetryMetricData;
  add(cell: Cell, endTime: number): void;
}

// Values of OpenTelemetry's enums.
const CUMULATIVE = 1;
const INT = 0;
const DOUBLE = 1;

/** A non-cumulative distribution starts anew with each point, this long before its end. It is the least that backends accept. */
const MOMENT_MICROS = 1000;

/** @param name the name of the metric in OpenTelemetry. */
export function metricPoints(
  name: string,
  first: Cell,
  exponentialHistograms: boolean,
): MetricPoints {
  const { metric, value } = first;
  const { cumulative, valueType } = metric.kind;
  const common = commonPart(name, metric);
  if (isDistribution(value)) {
    const layout =
      exponentialHistograms && cumulative ? exponentialLayout(value.bucketer) : undefined;
    return layout ? exponentialPoints(common, layout) : histogramPoints(common);
  }
  if (valueType === 'string') {
    return textPoints(common, textAttribute(metric));
  }
  if (cumulative) {
    return sumPoints(common, true);
  }
  return metric.origin?.kind === 'up-down' ? sumPoints(common, false) : gaugePoints(common);
}

type CommonPart = Pick<
  OpenTelemetryMetric<number, unknown>,
  'descriptor' | 'aggregationTemporality'
>;

function commonPart(
  name: string,
  { description, units, kind, origin }: MetricDeclaration,
): CommonPart {
  const isDouble = kind.valueType === 'float' || kind.valueType === 'distribution';
  return {
    descriptor: {
      name,
      description,
      unit: origin ? origin.unit : ucum(units),
      valueType: isDouble ? DOUBLE : INT,
    },
    aggregationTemporality: CUMULATIVE,
  };
}

function sumPoints(common: CommonPart, isMonotonic: boolean): MetricPoints {
  const dataPoints: OpenTelemetryDataPoint<number>[] = [];
  return {
    data: { ...common, dataPointType: 3, isMonotonic, dataPoints },
    add: (cell, endTime) => dataPoints.push(point(cell, Number(cell.value), endTime)),
  };
}

function gaugePoints(common: CommonPart): MetricPoints {
  const dataPoints: OpenTelemetryDataPoint<number>[] = [];
  return {
    data: { ...common, dataPointType: 2, dataPoints },
    add: (cell, endTime) => dataPoints.push(point(cell, Number(cell.value), endTime)),
  };
}

/** Writes a text as an attribute of a gauge with the value 1: OpenTelemetry has no values that are texts. */
function textPoints(common: CommonPart, attribute: string): MetricPoints {
  const dataPoints: OpenTelemetryDataPoint<number>[] = [];
  return {
    data: { ...common, dataPointType: 2, dataPoints },
    add: (cell, endTime) => {
      const { attributes, ...rest } = point(cell, 1, endTime);
      dataPoints.push({ ...rest, attributes: { ...attributes, [attribute]: String(cell.value) } });
    },
  };
}

function histogramPoints(common: CommonPart): MetricPoints {
  const dataPoints: OpenTelemetryDataPoint<ReturnType<typeof explicitHistogram>>[] = [];
  return {
    data: { ...common, dataPointType: 0, dataPoints },
    add: (cell, endTime) =>
      dataPoints.push(point(cell, explicitHistogram(cell.value as Distribution), endTime)),
  };
}

function exponentialPoints(common: CommonPart, layout: ExponentialLayout): MetricPoints {
  const dataPoints: OpenTelemetryDataPoint<ReturnType<typeof exponentialHistogram>>[] = [];
  return {
    data: { ...common, dataPointType: 1, dataPoints },
    add: (cell, endTime) =>
      dataPoints.push(
        point(cell, exponentialHistogram(cell.value as Distribution, layout), endTime),
      ),
  };
}

function point<Value>(cell: Cell, value: Value, endTime: number): OpenTelemetryDataPoint<Value> {
  return {
    startTime: hrTime(startTimeOf(cell, endTime)),
    endTime: hrTime(endTime),
    attributes: attributesOf(cell),
    value,
  };
}

function startTimeOf({ metric: { kind }, resetTime }: Cell, endTime: number): number {
  return kind.valueType === 'distribution' && !kind.cumulative
    ? endTime - MOMENT_MICROS
    : resetTime;
}

function attributesOf({ metric, fieldValues }: Cell): OpenTelemetryAttributes {
  if (metric.origin) {
    // An attribute of a source may be an array, which exporters take.
    return metric.origin.attributesOf(fieldValues) as OpenTelemetryAttributes;
  }
  const attributes: OpenTelemetryAttributes = {};
  const { names } = metric.fields;
  for (let i = 0; i < names.length; i++) {
    attributes[names[i]!] = fieldValues[i]!;
  }
  return attributes;
}

/** The name of the attribute: `value`, unless a field has that name. */
function textAttribute({ fields }: MetricDeclaration): string {
  let name = 'value';
  while (fields.names.includes(name)) {
    name += '_';
  }
  return name;
}
