// @ts-check
/** @import { CellRow } from './cells.js' */
/** @import { History } from './history.js' */
import { drawn } from './dom.js';

const WIDTH = 96;
const HEIGHT = 24;
/** Keeps the line inside the edges. */
const MARGIN = 2;
/** The line reaches its full width after this time. From then on it is compressed. */
const FULL_WIDTH_MS = 60_000;

/** Draws how a cell has changed since the page was opened: the rate of a counter, the value of any other cell. */
export class Sparkline {
  #line = drawn('path', { fill: 'none', stroke: 'currentColor', 'stroke-width': 1.5 });
  element = drawn(
    'svg',
    { class: 'spark', width: WIDTH, height: HEIGHT, 'aria-hidden': 'true' },
    this.#line,
  );

  /** @param {CellRow} row */
  update({ metric, history }) {
    this.draw(history, metric.cumulative);
  }

  /**
   * @param {History} history
   * @param {boolean} cumulative
   */
  draw(history, cumulative) {
    const { times, values } = cumulative ? history.rates() : history;
    const path = values.length < 2 ? '' : pathOf(times, values, cumulative);
    if (this.#line.getAttribute('d') !== path) {
      this.#line.setAttribute('d', path);
    }
  }
}

/**
 * @param {readonly number[]} times
 * @param {readonly number[]} values
 * @param {boolean} fromZero
 */
function pathOf(times, values, fromZero) {
  const start = times[0] ?? 0;
  const span = Math.max(FULL_WIDTH_MS, (times.at(-1) ?? 0) - start);
  const low = Math.min(...values, ...(fromZero ? [0] : []));
  const height = Math.max(...values) - low;
  const points = values.map((value, i) => {
    const x = MARGIN + (((times[i] ?? 0) - start) / span) * (WIDTH - 2 * MARGIN);
    // A gauge that never changes is drawn in the middle, and a rate that is always 0 at the bottom.
    const share = height > 0 ? (value - low) / height : Number(!fromZero) / 2;
    const y = HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join('L')}`;
}
