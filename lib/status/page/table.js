// @ts-check
/** @import { CellRow, Cells, SortBy } from './cells.js' */
/** @import { Filter } from './filters.js' */
import { CellView } from './cell-view.js';
import { announce, byId, setChildren, setText } from './dom.js';
import { Filters } from './filters.js';
import { counted } from './text.js';

/** Few enough for a fast layout, and for moving through them by keyboard. */
const ROWS_A_PAGE = 50;
const SEARCH_PAUSE_MS = 120;

/** The table of cells: searched, sorted, a page at a time. */
export class CellTable {
  #table = byId('cells', HTMLTableElement);
  #body = /** @type {HTMLTableSectionElement} */ (this.#table.tBodies[0]);
  #heads = Array.from(this.#table.querySelectorAll('th'));
  #search = byId('search', HTMLInputElement);
  #previous = byId('previous', HTMLButtonElement);
  #next = byId('next', HTMLButtonElement);
  #filters = new Filters(() => this.#searchAnew());
  /** @type {(row: CellRow) => boolean} */
  #passes = row => this.#filters.matches(row);
  /** @type {Map<string, CellView>} */
  #views = new Map();
  /** @type {CellRow[]} */
  #rows = [];
  /** @type {SortBy} */
  #by = 'metric';
  #descending = false;
  #page = 0;
  /** @type {Readonly<Record<string, number>>} */
  #dropped = {};

  /** @param {Cells} cells */
  constructor(cells) {
    this.cells = cells;
    let pause = 0;
    this.#search.addEventListener('input', () => {
      clearTimeout(pause);
      pause = setTimeout(() => this.#searchAnew(), SEARCH_PAUSE_MS);
    });
    for (const head of this.#heads) {
      head.querySelector('button')?.addEventListener('click', () => this.#sort(head));
    }
    this.#previous.addEventListener('click', () => this.#turn(-1));
    this.#next.addEventListener('click', () => this.#turn(1));
  }

  /**
   * Shows the cells as they are now.
   *
   * @param {Readonly<Record<string, number>>} dropped how many recordings each metric has lost
   */
  update(dropped) {
    this.#dropped = dropped;
    // Keeps the order while a row has the pointer or the focus: rows that jump cannot be read.
    if (this.#by === 'metric' || this.#by === 'fields' || !this.#isInUse()) {
      this.#select();
    } else {
      this.#refresh();
    }
    this.#show();
  }

  /**
   * Adds a filter to the search.
   *
   * @param {Filter} filter
   */
  filter(filter) {
    this.#filters.add(filter);
    this.#table.scrollIntoView({ block: 'nearest' });
  }

  #isInUse() {
    return this.#body.matches(':hover, :focus-within');
  }

  #select() {
    this.#rows = this.cells.select(this.#search.value, this.#passes, this.#by, this.#descending);
  }

  /** Keeps the order of rows, and drops rows that are gone. */
  #refresh() {
    const now = new Map(
      this.cells
        .select(this.#search.value, this.#passes, 'metric', false)
        .map(row => [row.key, row]),
    );
    this.#rows = this.#rows.flatMap(({ key }) => now.get(key) ?? []);
  }

  #searchAnew() {
    this.#page = 0;
    this.#select();
    this.#show();
    announce(`${counted(this.#rows.length, 'row')} found.`);
  }

  /** @param {HTMLTableCellElement} head */
  #sort(head) {
    const by = /** @type {SortBy} */ (head.dataset.sort);
    // People look for the largest numbers, and for the first texts.
    this.#descending = by === this.#by ? !this.#descending : by === 'value' || by === 'rate';
    this.#by = by;
    this.#page = 0;
    for (const other of this.#heads) {
      other.removeAttribute('aria-sort');
    }
    head.setAttribute('aria-sort', this.#descending ? 'descending' : 'ascending');
    this.#select();
    this.#show();
  }

  /** @param {number} pages */
  #turn(pages) {
    this.#page += pages;
    this.#show();
    this.#table.scrollIntoView({ block: 'nearest' });
  }

  #show() {
    const last = Math.max(0, Math.ceil(this.#rows.length / ROWS_A_PAGE) - 1);
    this.#page = Math.min(this.#page, last);
    const start = this.#page * ROWS_A_PAGE;
    const rows = this.#rows.slice(start, start + ROWS_A_PAGE);
    this.#views = new Map(rows.map((row, i) => [row.key, this.#viewOf(row, start + i)]));
    setChildren(
      this.#body,
      Array.from(this.#views.values(), view => view.element),
    );
    this.#showCounts(start, rows.length, last);
  }

  /**
   * @param {CellRow} row
   * @param {number} at
   */
  #viewOf(row, at) {
    const view = this.#views.get(row.key) ?? new CellView(row, filter => this.#filters.add(filter));
    const above = at % ROWS_A_PAGE === 0 ? undefined : this.#rows[at - 1];
    view.update(row, above?.metric.name === row.metric.name, this.#dropped[row.metric.name] ?? 0);
    return view;
  }

  /**
   * @param {number} start
   * @param {number} count
   * @param {number} last
   */
  #showCounts(start, count, last) {
    const all = this.#rows.length;
    setText(byId('matches', HTMLElement), counted(this.cells.count, 'cell'));
    setText(
      byId('range', HTMLElement),
      `${(start + 1).toLocaleString('en')}–${(start + count).toLocaleString('en')} of ${all.toLocaleString('en')}`,
    );
    byId('pages', HTMLElement).hidden = last === 0;
    setDisabled(this.#previous, this.#page === 0);
    setDisabled(this.#next, this.#page === last);
    const nothing = byId('nothing', HTMLElement);
    nothing.hidden = all > 0;
    setText(
      nothing,
      this.#search.value === '' && this.#filters.isEmpty
        ? 'Nothing was recorded yet.'
        : 'No cell matches the search.',
    );
  }
}

/**
 * Disables a button, but not while it has the focus: a disabled button loses it.
 *
 * @param {HTMLButtonElement} button
 * @param {boolean} disabled
 */
function setDisabled(button, disabled) {
  button.disabled = disabled && document.activeElement !== button;
  button.setAttribute('aria-disabled', String(disabled));
}
