import * as version2 from '@opentelemetry/sdk-metrics';
import * as version3 from 'sdk-metrics-3';

/** All versions of OpenTelemetry's SDK that the reader supports. */
export const SDKS: readonly (readonly [string, typeof version2])[] = [
  ['2', version2],
  // The types of their classes differ in private parts only.
  ['3', version3 as unknown as typeof version2],
];
