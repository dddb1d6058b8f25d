import type { Bucketer } from '../../metrics/bucketer.js';
import { isDistribution, type Distribution } from '../../metrics/distribution.js';
import type { CellValue, MetricDeclaration } from '../../metrics/metric-declaration.js';
import type { Cell, Exemplar } from '../../store/cell.js';
import { isoMicros } from '../iso-micros.js';
import type { JsonBytes } from './json-bytes.js';

const MOST_BUCKETS = 200;
const NO_BUCKETS = { bucketCount: 0 };
/** The counts of empty buckets below the first one in use. */
const ZERO = '"0",';
const ZEROS = Buffer.from(ZERO.repeat(MOST_BUCKETS));

/**
 * Checks the limits of the API.
 *
 * @throws RangeError for a value that the API does not take.
 */
export function checkPointValue({ kind, name }: MetricDeclaration, value: CellValue): void {
  const { bucketCount } = isDistribution(value) ? value.bucketer : NO_BUCKETS;
  if (bucketCount > MOST_BUCKETS) {
    throw new RangeError(
      `${kind.name} "${name}" has ${bucketCount} buckets; Cloud Monitoring takes ${MOST_BUCKETS}, with those below and above the finite ones. Give it a bucketer with fewer.`,
    );
  }
}

/**
 * Writes the value of a point. An int64 is a string there.
 *
 * @param projectId the project of the traces.
 */
export function writePointValue(
  json: JsonBytes,
  { metric, value, exemplars }: Cell,
  projectId: string,
): void {
  switch (metric.kind.valueType) {
    case 'int':
      json.ascii('{"int64Value":"');
      json.integer(value as number);
      json.ascii('"}');
      break;
    case 'float':
      json.ascii(`{"doubleValue":${String(value)}}`);
      break;
    case 'bool':
      json.ascii(`{"boolValue":${String(value)}}`);
      break;
    case 'string':
      json.ascii('{"int64Value":"1"}');
      break;
    case 'distribution':
      writeDistribution(json, value as Distribution);
      if (exemplars !== undefined) {
        writeExemplars(json, exemplars, projectId);
      }
      json.ascii('}}');
      break;
  }
}

/** Buckets have the same bounds and order in the API: underflow, finite buckets, overflow. Zeros at the end are left out. */
function writeDistribution(
  json: JsonBytes,
  { count, mean, bucketer, usedWindow }: Distribution,
): void {
  json.ascii('{"distributionValue":{"count":"');
  json.integer(count);
  json.ascii(mean === undefined ? '",' : `","mean":${mean},`);
  json.raw(optionsBeforeCounts(bucketer));
  const { first, counts } = usedWindow;
  if (counts.length > 0) {
    json.raw(ZEROS.subarray(0, ZERO.length * first));
    json.ascii('"');
    json.integer(counts[0]!);
    for (let i = 1; i < counts.length; i++) {
      json.ascii('","');
      json.integer(counts[i]!);
    }
    json.ascii('"');
  }
  json.ascii(']');
}

function writeExemplars(json: JsonBytes, exemplars: readonly Exemplar[], projectId: string): void {
  const written = exemplars.map(({ value, timestamp, traceId, spanId }) => ({
    value,
    timestamp: isoMicros(timestamp),
    attachments: [
      {
        '@type': 'type.googleapis.com/google.monitoring.v3.SpanContext',
        spanName: `projects/${projectId}/traces/${traceId}/spans/${spanId}`,
      },
    ],
  }));
  json.ascii(`,"exemplars":${JSON.stringify(written)}`);
}

const bucketOptions = new WeakMap<Bucketer, Buffer>();

/** The options of a bucketer, and the beginning of the counts. They are made once for each bucketer. */
function optionsBeforeCounts(bucketer: Bucketer): Buffer {
  let bytes = bucketOptions.get(bucketer);
  if (bytes === undefined) {
    const json = JSON.stringify(bucketOptionsOf(bucketer));
    bytes = Buffer.from(`"bucketOptions":${json},"bucketCounts":[`);
    bucketOptions.set(bucketer, bytes);
  }
  return bytes;
}

function bucketOptionsOf(bucketer: Bucketer): object {
  const { isExplicit, width, growth, scale, finiteBuckets: numFiniteBuckets } = bucketer;
  if (isExplicit) {
    return { explicitBuckets: { bounds: bucketer.lowerBounds.slice(1) } };
  }
  return growth === 0
    ? { linearBuckets: { numFiniteBuckets, width, offset: 0 } }
    : { exponentialBuckets: { numFiniteBuckets, growthFactor: growth, scale } };
}
