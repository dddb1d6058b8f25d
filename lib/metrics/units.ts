/**
 * Units of measurement. The strings go on the wire. They follow UCUM, except for bits (`B`).
 *
 * @publicApi
 */
export const Units = {
  /** No unit, or one that is not in this list. */
  Unknown: '',
  /** A unit of time. */
  Seconds: 's',
  /** A unit of time. */
  Milliseconds: 'ms',
  /** A unit of time. */
  Microseconds: 'us',
  /** A unit of time. */
  Nanoseconds: 'ns',
  /** Bits. `B` does not mean bytes here. */
  Bits: 'B',
  /** Eight bits. */
  Bytes: 'By',
  /** 1000 bytes. */
  Kilobytes: 'kBy',
  /** 1000² bytes. */
  Megabytes: 'MBy',
  /** 1000³ bytes. */
  Gigabytes: 'GBy',
  /** 1024 bytes. */
  Kibibytes: 'kiBy',
  /** 1024² bytes. */
  Mebibytes: 'MiBy',
  /** 1024³ bytes. */
  Gibibytes: 'GiBy',
  /** Electric current. */
  Amperes: 'A',
  /** Electric current. */
  Milliamperes: 'mA',
  /** Temperature. */
  DegreesCelsius: 'Cel',
} as const;

/**
 * One of {@link Units}.
 *
 * @publicApi
 */
export type Units = (typeof Units)[keyof typeof Units];

const ALL: ReadonlySet<string> = new Set(Object.values(Units));

/** The length of each unit of time in milliseconds. */
const MILLISECONDS: Partial<Record<Units, number>> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };

export function isUnits(value: unknown): value is Units {
  return typeof value === 'string' && ALL.has(value);
}

/** True for units of time: `s`, `ms`, `us`, `ns`. */
export function isTime(units: Units): boolean {
  return units in MILLISECONDS;
}

/**
 * Converts a duration from milliseconds to another unit of time.
 *
 * @throws RangeError when `units` is not a unit of time.
 */
export function durationIn(units: Units, durationMs: number): number {
  const milliseconds = MILLISECONDS[units];
  if (milliseconds === undefined) {
    throw new RangeError(`units must be a unit of time ('s', 'ms', 'us' or 'ns'), got "${units}".`);
  }
  return durationMs / milliseconds;
}
