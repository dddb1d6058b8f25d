import { Units } from '../metrics/units.js';

/** The unit that Prometheus expects for one of our units. */
interface BaseUnit {
  /** The suffix of metric names. */
  readonly name: string;
  /** Suffixes that name the unit already. */
  readonly aliases: readonly string[];
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

/** Returns the base unit; undefined if the unit is unknown. */
export function baseUnitOf(units: Units): BaseUnit | undefined {
  return BASE_UNITS[units];
}

function times(name: string, factor: number, ...aliases: string[]): BaseUnit {
  return { name, aliases: [name, ...aliases], toBase: value => value * factor };
}

/** Divides, because multiplying by 0.001 is not exact: 3 ms must be 0.003 s. */
function divided(name: string, divisor: number, ...aliases: string[]): BaseUnit {
  return { name, aliases: [name, ...aliases], toBase: value => value / divisor };
}
