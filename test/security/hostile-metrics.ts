import {
  BoolGauge,
  Counter,
  CumulativeDistribution,
  Device,
  FloatCounter,
  FloatGauge,
  IntGauge,
  NonCumulativeDistribution,
  StringGauge,
  Task,
  TrackMetric,
  type Registry,
  type Target,
} from '../../lib/entry/index.js';
import type { SeededRandom } from '../support/seeded-random.js';
import type { HostileValues } from './hostile-values.js';

/** Records a value, whatever it is, under fields, whatever they are. */
export type Recording = (value: unknown, fields: unknown) => void;

/** How each kind of metric records. */
export function everyMetric(registry: Registry): Recording[] {
  const options = { fields: { text: 'string', n: 'int', yes: 'bool' }, registry } as const;
  const adding = [
    new Counter('hostile/counter', options),
    new FloatCounter('hostile/float_counter', options),
    new CumulativeDistribution('hostile/distribution', options),
  ] as unknown as { add: Recording }[];
  const setting = [
    new IntGauge('hostile/int', options),
    new FloatGauge('hostile/float', options),
    new StringGauge('hostile/string', options),
    new BoolGauge('hostile/bool', options),
    new NonCumulativeDistribution('hostile/moment', options),
  ] as unknown as { set: Recording }[];
  return [
    ...adding.map(
      (metric): Recording =>
        (value, fields) =>
          metric.add(value, fields),
    ),
    ...setting.map(
      (metric): Recording =>
        (value, fields) =>
          metric.set(value, fields),
    ),
  ];
}

/** A tracked method, with a mapper that returns anything. */
export function trackedClass(registry: Registry, map: () => unknown): { call(): string } {
  class Tracked {
    @TrackMetric('hostile/tracked', {
      fields: { q: 'string', n: 'int' },
      map: map as () => { q: string; n: number },
      registry,
    })
    call(): string {
      return 'called';
    }
  }
  return new Tracked();
}

export function hostileTarget(random: SeededRandom, values: HostileValues): Target {
  const parts = random.below(2) === 0 ? values.anything() : values.text();
  return random.below(2) === 0
    ? new Device({ hostname: parts as string, role: values.text() })
    : new Task({ serviceName: values.text(), jobName: parts as string, hostName: values.text() });
}
