const MICROS_PER_SECOND = 1_000_000;
const NANOS_PER_MICRO = 1000;

/**
 * A time as OpenTelemetry has it: seconds and nanoseconds.
 *
 * @param time whole microseconds since the epoch.
 */
export function hrTime(time: number): [number, number] {
  // A quotient would be rounded up in the far future; a remainder is always exact.
  const micros = time % MICROS_PER_SECOND;
  return [(time - micros) / MICROS_PER_SECOND, micros * NANOS_PER_MICRO];
}
