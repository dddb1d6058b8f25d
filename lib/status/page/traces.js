// @ts-check
/** @import { ExemplarStatus } from '../status-report.js' */
import { element } from './dom.js';
import { withUnits } from './numbers.js';

/** More would fill the row. */
const MOST_SHOWN = 3;

/** The slowest samples of a distribution whose traces can be opened, as links. */
export class Traces {
  #element = element('span', 'note traces');
  #shown = '';

  /**
   * @param {readonly ExemplarStatus[]} exemplars by value
   * @param {string} units
   * @param {HTMLElement} parent gets the links if there are any
   */
  update(exemplars, units, parent) {
    const slowest = exemplars.filter(({ url }) => url !== undefined).slice(-MOST_SHOWN);
    const toShow = JSON.stringify(slowest);
    if (toShow === this.#shown) {
      return;
    }
    this.#shown = toShow;
    if (slowest.length === 0) {
      this.#element.remove();
      return;
    }
    const links = slowest.toReversed().flatMap(exemplar => [' ', linkTo(exemplar, units)]);
    this.#element.replaceChildren(slowest.length === 1 ? 'Trace' : 'Traces', ...links);
    parent.append(this.#element);
  }
}

/**
 * @param {ExemplarStatus} exemplar
 * @param {string} units
 */
function linkTo({ value, time, traceId, url = '' }, units) {
  const link = element('a', '', withUnits(value, units));
  link.href = url;
  link.target = '_blank';
  link.rel = 'noreferrer';
  link.title = `Trace ${traceId}, ${new Date(time).toLocaleTimeString()}`;
  return link;
}
