import type { MetricDeclaration } from '../metrics/metric-declaration.js';

const SCALAR_BYTES = 8;
const DISTRIBUTION_BYTES = 80;

/** The number of bytes that Cloud Monitoring bills for one point of a metric. */
export function billableBytes({ kind }: MetricDeclaration): number {
  return kind.valueType === 'distribution' ? DISTRIBUTION_BYTES : SCALAR_BYTES;
}
