const MICROS_PER_SECOND = 1_000_000;
const NANOS_PER_MICRO = 1000;

/**
 * Converts a time to the form of OpenTelemetry: seconds and nanoseconds.
 *
 * @param time whole microseconds since the epoch.
 */
export function hrTime(time: number): [number, number] {
  // Subtracts the remainder, which is always exact. A quotient would be rounded up in the far future.
  const micros = time % MICROS_PER_SECOND;
  return [(time - micros) / MICROS_PER_SECOND, micros * NANOS_PER_MICRO];
}
