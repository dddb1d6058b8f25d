// @ts-check
/** @import { CellRow } from './cells.js' */
/** @import { Filter } from './filters.js' */
import { isDistribution, rateOf } from './cells.js';
import { element, setText } from './dom.js';
import { fieldFilter } from './filters.js';
import { Histogram } from './histogram.js';
import { rate, withUnits } from './numbers.js';
import { percentileTexts } from './percentiles.js';
import { Sparkline } from './sparkline.js';
import { counted, shortened } from './text.js';
import { Traces } from './traces.js';

const LONGEST_TEXT = 200;

/** The row of one cell in the table. */
export class CellView {
  #name = element('bdi', 'name');
  #kind = element('span', 'kind');
  #description = element('span', 'description');
  #fields = element('td', 'fields');
  #value = element('bdi', 'number');
  #note = element('span', 'note');
  #values = element('td', 'value', this.#value, this.#note);
  #rate = element('span', 'rate');
  #line = new Sparkline();
  #traces = new Traces();
  /** @type {Histogram | undefined} */
  #histogram;
  element;

  /**
   * @param {CellRow} row
   * @param {(filter: Filter) => void} onFilter is called when a field is clicked
   */
  constructor(row, onFilter) {
    const head = element('th', 'metric', this.#name, this.#kind, this.#description);
    head.scope = 'row';
    const since = element('td', 'since', element('div', 'trend', this.#line.element, this.#rate));
    this.element = element('tr', '', head, this.#fields, this.#values, since);
    this.#showMetric(row);
    this.#showFields(row, onFilter);
  }

  /**
   * @param {CellRow} row
   * @param {boolean} repeats whether the row above is of the same metric
   * @param {number} dropped how many recordings the metric has lost
   */
  update(row, repeats, dropped) {
    const { metric, cell } = row;
    this.element.classList.toggle('repeats', repeats);
    if (!cell) {
      this.#showValue('', 'no cells');
    } else if (cell.value === undefined) {
      this.#showValue('', shortened(`cannot be shown: ${cell.problem ?? ''}`, LONGEST_TEXT));
    } else if (isDistribution(cell.value)) {
      this.#showDistribution(cell.value, metric.units);
    } else {
      this.#showValue(...textsOf(cell.value, metric.units));
    }
    const perSec = rateOf(row);
    // The rate of a distribution counts its samples, so it has no unit.
    const units = metric.valueType === 'distribution' ? '' : metric.units;
    setText(this.#rate, perSec === undefined ? '' : rate(perSec, units));
    this.#line.update(row);
    this.#traces.update(cell?.exemplars ?? [], metric.units, this.#values);
    this.#showDropped(repeats ? 0 : dropped);
  }

  /** @param {CellRow} row */
  #showMetric({ metric }) {
    this.#name.textContent = shortened(metric.name, LONGEST_TEXT);
    const description = shortened(metric.description, LONGEST_TEXT);
    this.#description.textContent = description && ` · ${description}`;
    this.#kind.textContent = kindText(metric);
  }

  /**
   * @param {CellRow} row
   * @param {(filter: Filter) => void} onFilter
   */
  #showFields({ cell }, onFilter) {
    for (const [name, value] of Object.entries(cell?.fields ?? {})) {
      const field = element('button', 'field', ...partsOf(name, value));
      field.type = 'button';
      field.title = 'Show only cells with this value';
      field.addEventListener('click', () => onFilter(fieldFilter(name, value)));
      this.#fields.append(field, ' ');
    }
    for (const [name, value] of Object.entries(cell?.target ?? {})) {
      this.#fields.append(element('span', 'field', ...partsOf(`target ${name}`, value)), ' ');
    }
  }

  /**
   * @param {string} value
   * @param {string} note
   */
  #showValue(value, note) {
    setText(this.#value, value);
    setText(this.#note, note);
    this.#histogram?.element.remove();
    this.#histogram = undefined;
  }

  /**
   * @param {import('../status-report.js').DistributionStatus} distribution
   * @param {string} units
   */
  #showDistribution(distribution, units) {
    const { count } = distribution;
    const percentiles = percentileTexts(distribution, units, ['p50', 'p99']);
    setText(this.#value, '');
    setText(
      this.#note,
      count === 0 ? 'no samples' : [counted(count, 'sample'), ...percentiles].join(' · '),
    );
    if (count > 0) {
      this.#histogram ??= this.#newHistogram();
      this.#histogram.update(distribution, units);
    } else {
      this.#histogram?.element.remove();
      this.#histogram = undefined;
    }
  }

  #newHistogram() {
    const histogram = new Histogram();
    this.#values.prepend(histogram.element);
    return histogram;
  }

  /** @param {number} dropped */
  #showDropped(dropped) {
    const old = this.element.querySelector('.dropped');
    if (dropped === 0) {
      old?.remove();
      return;
    }
    const text = `${counted(dropped, 'recording')} lost: too many cells`;
    if (old) {
      setText(old, text);
    } else {
      this.#description.after(element('span', 'dropped', text));
    }
  }
}

/** @param {CellRow['metric']} metric */
function kindText({ kind, global, source }) {
  const from = source === undefined ? '' : `, from ${shortened(source, LONGEST_TEXT)}`;
  return global ? `${kind}, whole service` : kind + from;
}

/**
 * Returns the parts that show a field. The space separates the words for a copy of the text and for a screen reader.
 *
 * @param {string} name
 * @param {string | number | boolean} value
 */
function partsOf(name, value) {
  const text = element('bdi', '', shortened(String(value), LONGEST_TEXT) || '""');
  return [element('span', 'key', shortened(name, LONGEST_TEXT)), ' ', text];
}

/**
 * Returns the text of a value and, if its unit was scaled, a note with the full value.
 *
 * @param {number | string | boolean} value
 * @param {string} units
 * @returns {[value: string, note: string]}
 */
function textsOf(value, units) {
  if (typeof value !== 'number') {
    return [shortened(String(value), LONGEST_TEXT) || '""', ''];
  }
  const text = withUnits(value, units);
  const full =
    units === '' ? '' : `${value.toLocaleString('en', { maximumFractionDigits: 6 })} ${units}`;
  return [text, full === text ? '' : full];
}
