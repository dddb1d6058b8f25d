import { Counter as PromCounter } from 'prom-client';
import { Counter } from '../../../lib/metrics/counter.js';
import { Registry } from '../../../lib/metrics/registry.js';

const METRICS = 20;
const RECORDINGS = 5000;

/**
 * Records into metrics with other fields, ours and those of prom-client, as an application has many of. What the
 * compiler has learned from a single metric, and made fast for it alone, it forgets.
 */
export function useOtherMetrics(): void {
  const registry = new Registry();
  for (let i = 0; i < METRICS; i++) {
    const [name, size, ok] = [`name${i}`, `size${i}`, `ok${i}`];
    const fields = { [name]: 'string', [size]: 'int', [ok]: 'bool' } as const;
    const labelNames = [name, size, ok];
    const help = 'Another.';
    const ours = new Counter<Record<string, 'string' | 'int' | 'bool'>>(`bench/other${i}`, {
      fields,
      registry,
    });
    const prom = new PromCounter({ name: `other${i}`, help, labelNames, registers: [] });
    for (let j = 0; j < RECORDINGS; j++) {
      const labels = { [name]: `name ${j % 7}`, [size]: j % 5, [ok]: j % 2 === 0 };
      ours.add(1, labels);
      prom.inc(labels as Record<string, string | number>, 1);
    }
  }
}
