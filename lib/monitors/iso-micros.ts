const MICROS_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1000;

/**
 * Writes a time as ISO 8601 with microseconds: `2026-01-02T03:04:05.678901Z`.
 *
 * @param time whole microseconds since the epoch.
 * @throws RangeError when there is no such date.
 */
export function isoMicros(time: number): string {
  return new IsoTimes().textOf(time);
}

/** Writes many times like {@link isoMicros}. It is fast when consecutive times lie in the same second. */
export class IsoTimes {
  private second = NaN;
  private text = '';

  /** @throws as {@link isoMicros}. */
  textOf(time: number): string {
    const micros = String(microsOf(time)).padStart(6, '0');
    return `${this.upToSecond(time)}${micros}Z`;
  }

  /**
   * The text up to the decimal point: `2026-01-02T03:04:05.`
   *
   * @throws as {@link isoMicros}.
   */
  upToSecond(time: number): string {
    const second = Math.floor(time / MICROS_PER_SECOND);
    if (second !== this.second) {
      this.text = new Date(second * MS_PER_SECOND).toISOString().slice(0, -'000Z'.length);
      this.second = second;
    }
    return this.text;
  }
}

/** The microseconds of a time after its last whole second. */
export function microsOf(time: number): number {
  return time - Math.floor(time / MICROS_PER_SECOND) * MICROS_PER_SECOND;
}
