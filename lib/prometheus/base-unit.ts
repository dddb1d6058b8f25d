import { Units } from '../metrics/units.js';

/** The unit in which Prometheus wants what is measured in one of ours. */
interface BaseUnit {
  /** As it is written at the end of a name. */
  readonly name: string;
  /** The ends of names that say the unit already. */
  readonly alsoWritten: readonly string[];
  toBase(value: number): number;
}

const SECONDS = 'seconds';
const BYTES = 'bytes';
const AMPERES = 'amperes';

const BASE_UNITS: Record<Units, BaseUnit | undefined> = {
  [Units.Unknown]: undefined,
  [Units.Seconds]: times(SECONDS, 1, 's', 'sec'),
  [Units.Milliseconds]: divided(SECONDS, 1e3, 'ms', 'msec', 'millis', 'milliseconds'),
  [Units.Microseconds]: divided(SECONDS, 1e6, 'us', 'usec', 'micros', 'microseconds'),
  [Units.Nanoseconds]: divided(SECONDS, 1e9, 'ns', 'nsec', 'nanos', 'nanoseconds'),
  [Units.Bits]: divided(BYTES, 8, 'bits'),
  [Units.Bytes]: times(BYTES, 1, 'b'),
  [Units.Kilobytes]: times(BYTES, 1e3, 'kb', 'kilobytes'),
  [Units.Megabytes]: times(BYTES, 1e6, 'mb', 'megabytes'),
  [Units.Gigabytes]: times(BYTES, 1e9, 'gb', 'gigabytes'),
  [Units.Kibibytes]: times(BYTES, 1024, 'kib', 'kibibytes'),
  [Units.Mebibytes]: times(BYTES, 1024 ** 2, 'mib', 'mebibytes'),
  [Units.Gibibytes]: times(BYTES, 1024 ** 3, 'gib', 'gibibytes'),
  [Units.Amperes]: times(AMPERES, 1, 'a', 'amps'),
  [Units.Milliamperes]: divided(AMPERES, 1e3, 'ma', 'milliamps', 'milliamperes'),
  [Units.DegreesCelsius]: times('celsius', 1),
};

/** Undefined where the unit is unknown. */
export function baseUnitOf(units: Units): BaseUnit | undefined {
  return BASE_UNITS[units];
}

function times(name: string, factor: number, ...alsoWritten: string[]): BaseUnit {
  return { name, alsoWritten: [name, ...alsoWritten], toBase: value => value * factor };
}

/** A division is exact where a product with 0.001 is not: 3 ms are 0.003 s. */
function divided(name: string, divisor: number, ...alsoWritten: string[]): BaseUnit {
  return { name, alsoWritten: [name, ...alsoWritten], toBase: value => value / divisor };
}
