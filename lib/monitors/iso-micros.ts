/**
 * A time as ISO 8601 with microseconds: `2026-01-02T03:04:05.678901Z`.
 *
 * @param time whole microseconds since the epoch.
 * @throws RangeError when there is no such date.
 */
export function isoMicros(time: number): string {
  const milliseconds = Math.floor(time / 1000);
  const rest = time - milliseconds * 1000;
  return new Date(milliseconds).toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}
