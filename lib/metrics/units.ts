/**
 * Units of measurement. The strings are those that go on the wire; they follow UCUM, but for bits (`B`).
 *
 * @publicApi
 */
export const Units = {
  /** None, or one that is not in this list. */
  Unknown: '',
  /** A unit of time. */
  Seconds: 's',
  /** A unit of time. */
  Milliseconds: 'ms',
  /** A unit of time. */
  Microseconds: 'us',
  /** A unit of time. */
  Nanoseconds: 'ns',
  /** Not bytes, whatever `B` may look like. */
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

/** How many milliseconds each unit of time has. */
const MILLISECONDS: Partial<Record<Units, number>> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };

export function isUnits(value: unknown): value is Units {
  return typeof value === 'string' && ALL.has(value);
}

/** True for units of time: `s`, `ms`, `us`, `ns`. */
export function isTime(units: Units): boolean {
  return units in MILLISECONDS;
}

/**
 * A duration in another unit of time.
 *
 * @throws RangeError when `units` is no unit of time.
 */
export function durationIn(units: Units, durationMs: number): number {
  const milliseconds = MILLISECONDS[units];
  if (milliseconds === undefined) {
    throw new RangeError(`"${units}" is no unit of time; use 's', 'ms', 'us' or 'ns'.`);
  }
  return durationMs / milliseconds;
}
