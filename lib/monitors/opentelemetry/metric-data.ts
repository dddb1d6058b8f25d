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
import { ucum } from './ucum.js';

/** How the cells of one metric are sent. */
export interface MetricPoints {
  readonly data: OpenTelemetryMetricData;
  add(cell: Cell, endTime: number): void;
}

// The numbers of OpenTelemetry's enums.
const CUMULATIVE = 1;
const INT = 0;
const DOUBLE = 1;

/** A distribution of a moment begins anew with each point: so long before its end, the least that backends accept. */
const MOMENT_MICROS = 1000;

/** @param name what the metric is called there. */
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
  return cumulative ? sumPoints(common) : gaugePoints(common);
}

type CommonPart = Pick<
  OpenTelemetryMetric<number, unknown>,
  'descriptor' | 'aggregationTemporality'
>;

function commonPart(name: string, { description, units, kind }: MetricDeclaration): CommonPart {
  const isDouble = kind.valueType === 'float' || kind.valueType === 'distribution';
  return {
    descriptor: {
      name,
      description,
      unit: ucum(units),
      valueType: isDouble ? DOUBLE : INT,
    },
    aggregationTemporality: CUMULATIVE,
  };
}

function sumPoints(common: CommonPart): MetricPoints {
  const dataPoints: OpenTelemetryDataPoint<number>[] = [];
  return {
    data: { ...common, dataPointType: 3, isMonotonic: true, dataPoints },
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

/** OpenTelemetry has no text as a value: the text is an attribute of a gauge that is 1. */
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
  const attributes: OpenTelemetryAttributes = {};
  metric.fields.names.forEach((name, i) => {
    attributes[name] = fieldValues[i]!;
  });
  return attributes;
}

/** `value`, unless a field is called so. */
function textAttribute({ fields }: MetricDeclaration): string {
  let name = 'value';
  while (fields.names.includes(name)) {
    name += '_';
  }
  return name;
}
