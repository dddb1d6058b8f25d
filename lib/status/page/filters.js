// @ts-check
/** @import { CellRow } from './cells.js' */
import { announce, byId, element, setChildren } from './dom.js';
import { shortened } from './text.js';

/**
 * @typedef {object} Filter
 * @property {string} label what the filter is called on the page; no two have the same
 * @property {(row: CellRow) => boolean} test
 */

const LONGEST_LABEL = 80;

/** @type {Filter} */
export const DUE = { label: 'due', test: ({ metric, cell }) => isDue(metric.global, cell) };
/** @type {Filter} */
export const QUIET = { label: 'quiet', test: ({ cell }) => cell?.quiet === true };
/** @type {Filter} */
export const UNACCEPTED = {
  label: 'not accepted yet',
  test: ({ cell }) => cell?.unaccepted === true,
};

/**
 * Whether this instance sends a cell with its next flush. Housekeeping sends the cells of global metrics.
 *
 * @param {boolean} global
 * @param {CellRow['cell']} cell
 */
function isDue(global, cell) {
  return cell !== undefined && cell.quiet !== true && !global;
}

/**
 * Finds the cells with the same value in a field.
 *
 * @param {string} name
 * @param {string | number | boolean} value
 * @returns {Filter}
 */
export function fieldFilter(name, value) {
  return {
    label: `${name}=${value}`,
    test: ({ cell }) => cell?.fields[name] === value,
  };
}

/**
 * @param {string} name
 * @returns {Filter}
 */
export function metricFilter(name) {
  return { label: name, test: ({ metric }) => metric.name === name };
}

/** The filters in use. Each has a button that removes it. */
export class Filters {
  #list = byId('filters', HTMLElement);
  /** @type {Map<string, { filter: Filter, chip: HTMLElement }>} */
  #inUse = new Map();
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** @param {Filter} filter */
  add(filter) {
    if (!this.#inUse.has(filter.label)) {
      this.#inUse.set(filter.label, { filter, chip: this.#newChip(filter) });
      this.#show();
      announce(`Filter ${shortened(filter.label, LONGEST_LABEL)}.`);
    }
  }

  /** @param {CellRow} row */
  matches(row) {
    return [...this.#inUse.values()].every(({ filter }) => filter.test(row));
  }

  get isEmpty() {
    return this.#inUse.size === 0;
  }

  /** @param {string} label */
  #remove(label) {
    this.#inUse.delete(label);
    this.#show();
    byId('search', HTMLElement).focus();
  }

  /** @param {Filter} filter */
  #newChip({ label }) {
    const text = shortened(label, LONGEST_LABEL);
    const cross = element('span', '', '×');
    cross.ariaHidden = 'true';
    const chip = element('button', 'chip', element('bdi', '', text), ' ', cross);
    chip.type = 'button';
    chip.ariaLabel = `Remove the filter ${text}`;
    chip.addEventListener('click', () => this.#remove(label));
    return chip;
  }

  #show() {
    this.#list.hidden = this.isEmpty;
    setChildren(
      this.#list,
      [...this.#inUse.values()].map(({ chip }) => chip),
    );
    this.#onChange();
  }
}
