// @ts-check
/** @import { StatusReport } from '../status-report.js' */
/** @import { FlushReport } from '../../flush/flush-report.js' */
import { Cells } from './cells.js';
import { addressOf, fetchReport, postFlush } from './connection.js';
import { Costs } from './costs.js';
import { announce, byId, nextTask, setText } from './dom.js';
import { listenForInstances } from './instances.js';
import { NextFlush } from './next-flush.js';
import { duration, wholeSeconds } from './numbers.js';
import { showFigures, showOverview, verdictOf } from './overview.js';
import { SignalCards } from './signal-cards.js';
import { CellTable } from './table.js';
import { counted, shortened } from './text.js';

const POLL_MS = 2000;
/** The page waits this many times as long as a report took: a large report must leave time for other work. */
const REST_FACTOR = 3;
const LONGEST_POLL_MS = 30_000;
/** A load balancer may send a request to another instance. The page asks this often again for the instance it shows. */
const OTHERS_TOLERATED = 4;
const ASK_AGAIN_MS = 100;
const LONGEST_REASONS = 500;

/** Asks for reports, and shows them. */
class Live {
  #cells = new Cells();
  #table = new CellTable(this.#cells);
  /** @param {import('./filters.js').Filter} filter */
  #filter = filter => this.#table.filter(filter);
  #signals = new SignalCards(this.#filter);
  #nextFlush = new NextFlush(this.#filter);
  #costs = new Costs(this.#filter);
  #notice = byId('notice', HTMLElement);
  /** @type {StatusReport | undefined} */
  #report;
  #receivedMs = 0;
  #paused = false;
  #failures = 0;
  #others = 0;
  #timer = 0;
  #asking = false;

  start() {
    const pause = byId('pause', HTMLButtonElement);
    pause.addEventListener('click', () => {
      this.#paused = !this.#paused;
      pause.setAttribute('aria-pressed', String(this.#paused));
      this.#tick();
      this.askSoon();
    });
    document.addEventListener('visibilitychange', () => this.askSoon());
    setInterval(() => this.#tick(), 1000);
    void this.#ask();
  }

  /** Asks at once, unless the page is paused or hidden. */
  askSoon() {
    this.#askIn(0);
  }

  /** @param {number} delayMs */
  #askIn(delayMs) {
    clearTimeout(this.#timer);
    if (!this.#paused && !document.hidden) {
      this.#timer = setTimeout(() => void this.#ask(), delayMs);
    }
  }

  async #ask() {
    if (this.#asking) {
      return;
    }
    this.#asking = true;
    const start = performance.now();
    try {
      const report = await fetchReport();
      this.#failures = 0;
      this.#askIn((await this.#accept(report)) ? restMs(performance.now() - start) : ASK_AGAIN_MS);
    } catch (error) {
      this.#failures++;
      this.#note(`${messageOf(error)} What is shown is old; it is asked again.`);
      this.#askIn(Math.min(LONGEST_POLL_MS, POLL_MS * 2 ** this.#failures));
    } finally {
      this.#asking = false;
    }
  }

  /**
   * @param {StatusReport} report
   * @returns {Promise<boolean>} false for the report of another instance, which is not shown.
   */
  async #accept(report) {
    const isOther = this.#report && this.#report.instanceId !== report.instanceId;
    if (isOther && this.#others++ < OTHERS_TOLERATED) {
      return false;
    }
    this.#others = 0;
    if (isOther) {
      this.#cells = new Cells();
      this.#table.cells = this.#cells;
      this.#signals.reset();
      this.#note(
        'The instance that was shown does not answer any more: this is another one. To flush it, reload the page.',
      );
    } else {
      this.#note('');
    }
    await this.#show(report);
    return true;
  }

  /** @param {StatusReport} report */
  async #show(report) {
    const before = this.#report && verdictOf(this.#report).state;
    this.#report = report;
    this.#receivedMs = performance.now();
    showOverview(report);
    this.#signals.update(report);
    this.#costs.update(report);
    await nextTask();
    await this.#cells.update(report);
    await nextTask();
    this.#nextFlush.update(this.#cells);
    this.#table.update(report.dropped);
    this.#tick();
    const { state, why } = verdictOf(report);
    if (before !== undefined && before !== state) {
      announce(`${state}. ${why}`);
    }
  }

  #tick() {
    const sinceMs = performance.now() - this.#receivedMs;
    if (this.#report) {
      showFigures(this.#report, sinceMs);
      const age = this.#paused ? 'Paused' : 'Live';
      setText(byId('freshness', HTMLElement), `${age} · ${wholeSeconds(sinceMs)} old`);
      byId('freshness', HTMLElement).dataset.live = String(!this.#paused && this.#failures === 0);
    }
  }

  /** @param {string} text */
  #note(text) {
    setText(this.#notice, text);
    this.#notice.hidden = text === '';
  }
}

/** @param {number} tookMs */
function restMs(tookMs) {
  return Math.min(LONGEST_POLL_MS, Math.max(POLL_MS, tookMs * REST_FACTOR));
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof TypeError || !(error instanceof Error)
    ? 'The instance does not answer.'
    : error.message;
}

/** @param {Live} live */
function listenForFlush(live) {
  const button = byId('flush', HTMLButtonElement);
  const result = byId('flush-result', HTMLElement);
  let flushing = false;
  button.addEventListener('click', async () => {
    if (flushing) {
      return;
    }
    flushing = true;
    button.setAttribute('aria-disabled', 'true');
    setText(result, 'Flushing…');
    try {
      setText(result, resultText(await postFlush()));
    } catch (error) {
      setText(result, messageOf(error));
    } finally {
      flushing = false;
      button.removeAttribute('aria-disabled');
      live.askSoon();
    }
  });
}

/** @param {FlushReport} report */
function resultText({ outcome, accepted, rejected, reasons, durationMs }) {
  const why = shortened(reasons.join(' '), LONGEST_REASONS);
  switch (outcome) {
    case 'sent':
      return `Sent ${counted(accepted, 'cell')} in ${duration(durationMs)}${rejected > 0 ? `; ${rejected} refused` : ''}.`;
    case 'failed':
      return `Failed after ${duration(durationMs)}: ${why}`;
    default:
      return `Nothing was sent: ${why}`;
  }
}

byId('as-json', HTMLAnchorElement).href = addressOf('', 'json');
byId('as-prometheus', HTMLAnchorElement).href = addressOf('', 'prometheus');
const page = new Live();
listenForFlush(page);
listenForInstances();
page.start();
