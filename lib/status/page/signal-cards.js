// @ts-check
/** @import { StatusReport } from '../status-report.js' */
/** @import { Filter } from './filters.js' */
import { byId, element, setFacts, setText } from './dom.js';
import { History } from './history.js';
import { rate, readable, withUnits } from './numbers.js';
import { RouteLatencies } from './route-latencies.js';
import { routesOf, saturationOf, trafficOf } from './signals.js';
import { Sparkline } from './sparkline.js';
import { counted } from './text.js';

/** Rates are those of the last minute, so that they follow what happens. */
const RECENT_MS = 60_000;
const NOT_MEASURED = 'not measured';

/** The cards of the golden signals: traffic, errors, latency and saturation. */
export class SignalCards {
  #requests = new History();
  #errors = new History();
  #traffic = new RateCard('traffic');
  #failures = new RateCard('errors');
  #latencies;

  /** @param {(filter: Filter) => void} onFilter */
  constructor(onFilter) {
    this.#latencies = new RouteLatencies(onFilter);
  }

  /** Forgets the rates. Call it when another instance answers. */
  reset() {
    this.#requests = new History();
    this.#errors = new History();
  }

  /** @param {StatusReport} report */
  update(report) {
    this.#showTraffic(report);
    this.#latencies.update(routesOf(report));
    showSaturation(report);
  }

  /** @param {StatusReport} report */
  #showTraffic(report) {
    const traffic = trafficOf(report);
    if (!traffic) {
      this.#traffic.show(NOT_MEASURED, 'No HTTP metrics', this.#requests);
      this.#failures.show(NOT_MEASURED, 'No HTTP metrics', this.#errors);
      return;
    }
    const { requests, errors } = traffic;
    this.#requests.add(report.time, requests, true);
    this.#errors.add(report.time, errors, true);
    const requestRate = this.#requests.recentRatePerSec(RECENT_MS);
    const errorRate = this.#errors.recentRatePerSec(RECENT_MS);
    const since = `${counted(requests, 'request')} since the start`;
    this.#traffic.show(
      requestRate === undefined ? '…' : rate(requestRate, ''),
      since,
      this.#requests,
    );
    const share = requestRate ? percent((errorRate ?? 0) / requestRate) : '';
    this.#failures.show(
      errorRate === undefined ? '…' : rate(errorRate, ''),
      [share && `${share} of requests`, `${errors.toLocaleString('en')} since the start`]
        .filter(Boolean)
        .join(' · '),
      this.#errors,
    );
    this.#failures.element.dataset.bad = String((errorRate ?? 0) > 0);
  }
}

/** A card with one rate and its line. */
class RateCard {
  #figure = element('p', 'figure');
  #note = element('p', 'muted');
  #line = new Sparkline();
  element;

  /** @param {string} id */
  constructor(id) {
    this.element = byId(id, HTMLElement);
    this.element.append(this.#figure, this.#note, this.#line.element);
  }

  /**
   * @param {string} figure
   * @param {string} note
   * @param {History} history
   */
  show(figure, note, history) {
    setText(this.#figure, figure);
    setText(this.#note, note);
    this.#line.draw(history, true);
  }
}

/** @param {StatusReport} report */
function showSaturation(report) {
  const { utilization, delayMs, rss, heapUsed, heapTotal } = saturationOf(report);
  setFacts(byId('saturation-facts', HTMLElement), [
    ['Event loop busy', utilization === undefined ? NOT_MEASURED : percent(utilization)],
    ['Loop delay, p99', delayMs === undefined ? NOT_MEASURED : withUnits(delayMs, 'ms')],
    ['Memory', rss === undefined ? NOT_MEASURED : withUnits(rss, 'By')],
    [
      'Heap in use',
      heapUsed === undefined ? NOT_MEASURED : withUnits(heapUsed, 'By'),
      heapTotal === undefined ? '' : `of ${withUnits(heapTotal, 'By')}`,
    ],
  ]);
}

/** @param {number} share */
function percent(share) {
  return `${readable(Number((share * 100).toPrecision(3)))} %`;
}
