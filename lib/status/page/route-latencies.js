// @ts-check
/** @import { PercentileStatus } from '../status-report.js' */
/** @import { Filter } from './filters.js' */
/** @import { Route } from './signals.js' */
import { byId, drawn, element, setText } from './dom.js';
import { fieldFilter } from './filters.js';
import { nameButton, NamedRows } from './named-rows.js';
import { withUnits } from './numbers.js';
import { percentileOf, rangeText } from './percentiles.js';
import { counted } from './text.js';

const MOST_ROUTES = 5;
const LONGEST_NAME = 80;
const PERCENTS = [50, 95, 99];

/** The latencies of the busiest routes: three percentiles each, as numbers and as bars on one scale. */
export class RouteLatencies {
  #nothing = byId('no-routes', HTMLElement);
  #rows;

  /** @param {(filter: Filter) => void} onFilter */
  constructor(onFilter) {
    this.#rows = new NamedRows('routes', name => new RouteView(name, onFilter));
  }

  /** @param {readonly Route[]} routes */
  update(routes) {
    const shown = routes.slice(0, MOST_ROUTES).map(route => ({
      route,
      percentiles: PERCENTS.map(percent => percentileOf(route.buckets, percent)),
    }));
    const longest = Math.max(0, ...shown.flatMap(({ percentiles }) => percentiles.map(lengthOf)));
    const views = this.#rows.show(shown.map(({ route }) => route.name));
    shown.forEach(({ route, percentiles }, i) => views[i]?.update(route, percentiles, longest));
    this.#nothing.hidden = shown.length > 0;
  }
}

/** One row. */
class RouteView {
  #numbers = PERCENTS.map(() => element('td'));
  #bars = PERCENTS.map(percent => drawn('rect', { class: `p${percent}`, height: 6, width: 0 }));
  #name;
  element;

  /**
   * @param {string} name
   * @param {(filter: Filter) => void} onFilter
   */
  constructor(name, onFilter) {
    this.#name = nameButton(name, LONGEST_NAME, () => onFilter(fieldFilter('name', name)));
    // The longest bar lies behind the others.
    const drawing = drawn('svg', { class: 'latency', height: 6, 'aria-hidden': 'true' });
    drawing.append(...this.#bars.toReversed());
    const head = element('th', '', this.#name, drawing);
    head.scope = 'row';
    this.element = element('tr', '', head, ...this.#numbers);
  }

  /**
   * @param {Route} route
   * @param {readonly (PercentileStatus | undefined)[]} percentiles
   * @param {number} longest the length of the longest bar
   */
  update({ count }, percentiles, longest) {
    this.#name.title = counted(count, 'request');
    percentiles.forEach((bounds, i) => {
      const number = this.#numbers[i];
      if (number) {
        setText(number, bounds ? atMostText(bounds) : '–');
        number.title = bounds ? rangeText(bounds, 'ms') : 'Too few requests';
      }
      const share = longest > 0 ? lengthOf(bounds) / longest : 0;
      this.#bars[i]?.setAttribute('width', `${(share * 100).toFixed(1)}%`);
    });
  }
}

/** @param {PercentileStatus} bounds */
function atMostText({ from, to }) {
  return to === 'Infinity' ? `> ${withUnits(Number(from), 'ms')}` : `≤ ${withUnits(to, 'ms')}`;
}

/** @param {PercentileStatus | undefined} bounds */
function lengthOf(bounds) {
  if (!bounds) {
    return 0;
  }
  return Number(bounds.to === 'Infinity' ? bounds.from : bounds.to);
}
