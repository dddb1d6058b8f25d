import type { Bucketer } from '../../metrics/bucketer.js';
import type { Distribution } from '../../metrics/distribution.js';
import type { CellValue, ValueType } from '../../metrics/metric-declaration.js';
import type { Cell } from '../../store/cell.js';
import { BackwardWriter } from './backward-writer.js';
import type { MetricImage } from './metric-image.js';

const START = 7;
const END = 8;
const MICROS_PER_SECOND = 1_000_000;
const NANOS_PER_MICRO = 1000;

/** Writes cells as `MetricsData`. */
export class CellWriter {
  private readonly end: Uint8Array;
  /** Gauges have no start time of their own. */
  private readonly endAsStart: Uint8Array;

  constructor(
    private readonly writer: BackwardWriter,
    endTime: number,
  ) {
    const scratch = new BackwardWriter(64);
    writeTimestamp(scratch, END, endTime);
    this.end = scratch.copyOfBytes();
    writeTimestamp(scratch, START, endTime);
    this.endAsStart = scratch.copyOfBytes(this.end.length);
  }

  write({ fieldValues, resetTime, value }: Cell, image: MetricImage): void {
    const { writer } = this;
    const before = writer.length;
    writer.raw(this.end);
    if (image.cumulative) {
      writeTimestamp(writer, START, resetTime);
    } else {
      writer.raw(this.endAsStart);
    }
    for (let i = fieldValues.length - 1; i >= 0; i--) {
      image.fields[i]!.write(writer, fieldValues[i]!);
    }
    writeValue(writer, image.valueType, value);
    writer.delimit(7, before); // MetricsDataSet.data
  }
}

/** @param time whole microseconds since the epoch. */
function writeTimestamp(writer: BackwardWriter, field: number, time: number): void {
  const before = writer.length;
  const seconds = Math.floor(time / MICROS_PER_SECOND);
  const nanos = (time - seconds * MICROS_PER_SECOND) * NANOS_PER_MICRO;
  // proto3: zeros are left out.
  if (nanos !== 0) {
    writer.varint(nanos);
    writer.byte(0x10); // nanos
  }
  if (seconds !== 0) {
    writer.int64(seconds);
    writer.byte(0x08); // seconds
  }
  writer.delimit(field, before);
}

function writeValue(writer: BackwardWriter, type: ValueType, value: CellValue): void {
  switch (type) {
    case 'int':
      writer.int64(value as number);
      writer.byte(0x18); // int64_value
      break;
    case 'float':
      writer.double(value as number);
      writer.byte(0x21); // double_value
      break;
    case 'string':
      writer.string(value as string);
      writer.byte(0x12); // string_value
      break;
    case 'bool':
      writer.byte(value ? 1 : 0);
      writer.byte(0x08); // bool_value
      break;
    case 'distribution':
      writeDistribution(writer, value as Distribution);
      break;
  }
}

function writeDistribution(writer: BackwardWriter, distribution: Distribution): void {
  const { bucketer, bucketCounts, count, mean } = distribution;
  const before = writer.length;
  for (let i = bucketCounts.length - 1; i >= 0; i--) {
    writer.varint(bucketCounts[i]!);
  }
  if (bucketCounts.length > 0) {
    writer.delimit(9, before); // bucket_count
  }
  writeBucketer(writer, bucketer);
  if (mean !== undefined) {
    writer.double(mean);
    writer.byte(0x11); // mean
  }
  writer.varint(count);
  writer.byte(0x08); // count
  writer.delimit(5, before); // distribution_value
}

function writeBucketer(writer: BackwardWriter, bucketer: Bucketer): void {
  const { finiteBuckets, growth, scale, width } = bucketer;
  const before = writer.length;
  const isLinear = width !== 0;
  writer.double(isLinear ? 0 : scale);
  writer.byte(0x19); // offset, or scale
  writer.double(isLinear ? width : growth);
  writer.byte(0x11); // width, or growth_factor
  writer.varint(finiteBuckets);
  writer.byte(0x08); // num_finite_buckets
  writer.delimit(isLinear ? 6 : 7, before); // linear_buckets, or exponential_buckets
}
