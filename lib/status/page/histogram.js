// @ts-check
/** @import { DistributionStatus } from '../status-report.js' */
/** @import { Bar } from './bars.js' */
import { barsOf } from './bars.js';
import { announce, byId, drawn, element, setFacts, setText } from './dom.js';
import { readable, withUnits } from './numbers.js';
import { PERCENTILES, percentileTexts, rangeText } from './percentiles.js';
import { counted } from './text.js';

const WIDTH_PX = 180;
const HEIGHT_PX = 36;
const BAR_GAP = 1;
/** The distance in pixels from the bars to the tip. */
const TIP_DISTANCE = 6;
/** The histogram that the tip describes now. */
/** @type {Histogram | undefined} */
let active;

addEventListener('scroll', () => active?.placeTip(), { passive: true });

/** The bars of a distribution. A tip shows percentiles and buckets, under the pointer or with the arrow keys. */
export class Histogram {
  #bars = drawn('g', { class: 'bars' });
  #marks = drawn('g', { class: 'marks' });
  #drawing = drawn(
    'svg',
    { width: WIDTH_PX, height: HEIGHT_PX, 'aria-hidden': 'true' },
    this.#bars,
    this.#marks,
  );
  element = element('button', 'histogram', this.#drawing);
  /** @type {DistributionStatus | undefined} */
  #distribution;
  #units = '';
  /** @type {Bar[]} */
  #shown = [];
  /** The bar that is pointed at. */
  #at = -1;
  #drawnFrom = '';

  constructor() {
    this.element.type = 'button';
    const { element: button } = this;
    button.addEventListener('focus', () => this.#showTip());
    button.addEventListener('blur', () => this.#hideTip());
    button.addEventListener('pointerenter', () => this.#showTip());
    button.addEventListener('pointerleave', () => this.#hideTip());
    button.addEventListener('pointermove', event => this.#pointAt(event.offsetX));
    button.addEventListener('click', () => this.#showTip());
    button.addEventListener('keydown', event => this.#onKey(event));
  }

  /**
   * @param {DistributionStatus} distribution
   * @param {string} units
   */
  update(distribution, units) {
    const from = JSON.stringify(distribution);
    if (from === this.#drawnFrom) {
      return;
    }
    this.#drawnFrom = from;
    this.#distribution = distribution;
    this.#units = units;
    this.#draw(distribution);
    this.element.setAttribute('aria-label', this.#label(distribution));
    if (active === this) {
      this.#showTip();
    }
  }

  /** @param {DistributionStatus} distribution */
  #draw(distribution) {
    const { bars, place } = barsOf(distribution.buckets);
    this.#shown = bars;
    this.#bars.replaceChildren(
      ...bars.map(({ x, width, height }) => {
        const tall = Math.max(1.5, height * (HEIGHT_PX - 2));
        return drawn('rect', {
          x: x * WIDTH_PX,
          y: HEIGHT_PX - tall,
          width: Math.max(1, width * WIDTH_PX - BAR_GAP),
          height: tall,
        });
      }),
    );
    this.#marks.replaceChildren(
      ...PERCENTILES.flatMap(([name]) => {
        const bounds = distribution[name];
        if (!bounds) {
          return [];
        }
        const x = place(Number(bounds.to)) * WIDTH_PX;
        return drawn('line', { x1: x, x2: x, y1: 0, y2: HEIGHT_PX });
      }),
    );
    this.#mark();
  }

  /** @param {DistributionStatus} distribution */
  #label(distribution) {
    const names = PERCENTILES.map(([name]) => name);
    const percentiles = percentileTexts(distribution, this.#units, names).join(', ');
    return `Distribution of ${counted(distribution.count, 'sample')}: ${percentiles}. Arrow keys read its buckets.`;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const last = this.#shown.length - 1;
    const next = {
      ArrowLeft: Math.max(0, this.#at - 1),
      ArrowRight: Math.min(last, this.#at + 1),
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === 'Escape') {
      this.#hideTip();
    } else if (next !== undefined) {
      event.preventDefault();
      this.#at = next;
      this.#showTip();
      announce(this.#bucketText());
    }
  }

  /** @param {number} x */
  #pointAt(x) {
    const share = x / WIDTH_PX;
    const at = this.#shown.findIndex(bar => share >= bar.x && share < bar.x + bar.width);
    if (at !== this.#at) {
      this.#at = at;
      this.#showTip();
    }
  }

  #mark() {
    Array.from(this.#bars.children).forEach((bar, i) => bar.classList.toggle('at', i === this.#at));
  }

  #bucketText() {
    const bar = this.#shown[this.#at];
    if (!bar) {
      return '';
    }
    const { from, to, count } = bar;
    const bounds = {
      from: from === -Infinity ? /** @type {const} */ ('-Infinity') : from,
      to: to === Infinity ? /** @type {const} */ ('Infinity') : to,
    };
    const share = (100 * count) / (this.#distribution?.count || 1);
    return `${rangeText(bounds, this.#units)}: ${counted(count, 'sample')}, ${readable(Number(share.toPrecision(3)))} %`;
  }

  #showTip() {
    const distribution = this.#distribution;
    if (!distribution) {
      return;
    }
    active = this;
    this.#mark();
    const tip = byId('tip', HTMLElement);
    if (!tip.firstElementChild) {
      tip.append(element('dl'), element('p'));
    }
    const { count, sum, mean = 0 } = distribution;
    const [list, bucket] = Array.from(tip.children);
    if (list && bucket) {
      setFacts(list, [
        ...PERCENTILES.flatMap(([name, term]) => {
          const bounds = distribution[name];
          return bounds ? [/** @type {const} */ ([term, rangeText(bounds, this.#units)])] : [];
        }),
        ['Mean', withUnits(mean, this.#units)],
        ['Sum', withUnits(sum, this.#units)],
        ['Samples', readable(count)],
      ]);
      setText(bucket, this.#bucketText());
    }
    this.element.setAttribute('aria-describedby', 'tip');
    tip.hidden = false;
    this.placeTip();
  }

  /** Places the tip below the bars, or above them if there is no room. */
  placeTip() {
    const tip = byId('tip', HTMLElement);
    const { left, top, bottom } = this.element.getBoundingClientRect();
    const { width, height } = tip.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const fits = bottom + TIP_DISTANCE + height <= clientHeight;
    const x = Math.max(0, Math.min(left, clientWidth - width - TIP_DISTANCE));
    tip.style.translate = `${x}px ${fits ? bottom + TIP_DISTANCE : top - TIP_DISTANCE - height}px`;
  }

  #hideTip() {
    this.#at = -1;
    this.#mark();
    this.element.removeAttribute('aria-describedby');
    if (active === this) {
      active = undefined;
      byId('tip', HTMLElement).hidden = true;
    }
  }
}
