import { Bucketer } from '../../lib/metrics/bucketer.js';
import type { CellValue, MetricDeclaration } from '../../lib/metrics/metric-declaration.js';
import type { Target } from '../../lib/targets/target.js';
import { distribution } from '../monitors/opentelemetry/cells.js';

/** A target that is known by its labels alone. */
export function targetWith(labels: Record<string, string | number | boolean>, key = 'k'): Target {
  return { type: 'odd', key, labels: () => labels };
}

/** A value that a cell of the metric may have. */
export function valueFor({ kind }: MetricDeclaration): CellValue {
  switch (kind.valueType) {
    case 'distribution':
      return distribution(Bucketer.fixedWidth(1, 1));
    case 'string':
      return 'x';
    case 'bool':
      return true;
    default:
      return 1;
  }
}
