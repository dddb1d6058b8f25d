// @ts-check

/** With more points than this, every second one is dropped: a line has no room for more. */
const MAX_POINTS = 120;

/** The values of a cell since the page was opened. */
export class History {
  /** @type {number[]} milliseconds */
  times = [];
  /** @type {number[]} */
  values = [];

  /**
   * @param {number} timeMs
   * @param {number} value
   * @param {boolean} cumulative
   */
  add(timeMs, value, cumulative) {
    const last = this.values.at(-1);
    if (cumulative && last !== undefined && value < last) {
      // A cumulative value that fell has started again.
      this.times = [];
      this.values = [];
    }
    if (timeMs <= (this.times.at(-1) ?? -Infinity)) {
      return;
    }
    this.times.push(timeMs);
    this.values.push(value);
    if (this.values.length > MAX_POINTS) {
      this.times = thinned(this.times);
      this.values = thinned(this.values);
    }
  }

  /** By how much the value has risen a second, from the first point to the last; undefined with less than two. */
  get ratePerSec() {
    const count = this.values.length;
    return count < 2 ? undefined : slope(this, 0, count - 1);
  }

  /**
   * By how much the value has risen a second in the last time; undefined with less than two points.
   *
   * @param {number} spanMs
   */
  recentRatePerSec(spanMs) {
    const last = this.values.length - 1;
    const since = (this.times[last] ?? 0) - spanMs;
    const first = Math.min(
      this.times.findIndex(time => time >= since),
      last - 1,
    );
    return last < 1 ? undefined : slope(this, first, last);
  }

  /** The rate from each point to the next. */
  rates() {
    return {
      times: this.times.slice(1),
      values: this.values.slice(1).map((_, i) => slope(this, i, i + 1)),
    };
  }
}

/**
 * @param {History} history
 * @param {number} from
 * @param {number} to
 */
function slope({ times, values }, from, to) {
  const risen = (values[to] ?? 0) - (values[from] ?? 0);
  return (risen * 1000) / ((times[to] ?? 0) - (times[from] ?? 0));
}

/**
 * Drops every second point, but keeps the first and the last.
 *
 * @param {number[]} points
 */
function thinned(points) {
  return points.filter((_, i) => i % 2 === 0 || i === points.length - 1);
}
