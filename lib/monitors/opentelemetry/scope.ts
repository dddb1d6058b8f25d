import type { MetricDeclaration } from '../../metrics/metric-declaration.js';
import { VERSION } from '../../version.js';

/** The instrumentation scope of our own metrics: this library. */
export const SCOPE = { name: 'nestjs-tsmon', version: VERSION } as const;

/** The instrumentation scope of a metric. A metric of a source without scopes belongs to this library. */
export function scopeOf({ origin }: MetricDeclaration): { name: string; version?: string } {
  return origin?.scope ?? SCOPE;
}

/** A text that is the same for all metrics of a scope. */
export function scopeKeyOf(metric: MetricDeclaration): string {
  const { name, version = '' } = scopeOf(metric);
  return `${name}\0${version}\0`;
}
