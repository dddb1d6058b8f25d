// @ts-check
/** @import { StatusReport } from '../status-report.js' */
/** @import { Filter } from './filters.js' */
import { byId, element, setFacts, setText } from './dom.js';
import { metricFilter } from './filters.js';
import { nameButton, NamedRows } from './named-rows.js';
import { dollars, readable, withUnits } from './numbers.js';
import { counted } from './text.js';

const MOST_METRICS = 10;
const LONGEST_NAME = 200;
const COLUMNS = ['cells-count', 'points', 'bytes', 'month', 'dollars'];

/** What this instance sends, and what that costs. */
export class Costs {
  #rows;

  /** @param {(filter: Filter) => void} onFilter */
  constructor(onFilter) {
    this.#rows = new NamedRows('costs', name => new CostView(name, onFilter));
  }

  /** @param {StatusReport} report */
  update({ cost }) {
    const { savedByQuietCells: saved, metrics } = cost;
    setFacts(byId('cost-figures', HTMLElement), [
      ['A month', dollars(cost.dollarsPerMonth), mebibytes(cost.mebibytesPerMonth)],
      [
        'A flush',
        withUnits(Math.round(cost.bytesPerFlush), 'By'),
        `${readable(rounded(cost.pointsPerFlush))} points of ${counted(cost.cells, 'cell')}`,
      ],
      [
        'Saved by quiet cells',
        dollars(saved.dollarsPerMonth),
        `${mebibytes(saved.mebibytesPerMonth)} a month`,
      ],
      ['Price of a MiB', dollars(cost.dollarsPerMebibyte), 'status.dollarsPerMebibyte'],
    ]);
    const shown = metrics.slice(0, MOST_METRICS);
    const views = this.#rows.show(shown.map(({ name }) => name));
    shown.forEach((metric, i) => views[i]?.update(metric));
    const more = metrics.length - shown.length;
    setText(
      byId('more-costs', HTMLElement),
      more > 0 ? `${counted(more, 'cheaper metric')} in the JSON report.` : '',
    );
  }
}

/** One row. */
class CostView {
  #cells = COLUMNS.map(name => element('td', name));
  element;

  /**
   * @param {string} name
   * @param {(filter: Filter) => void} onFilter
   */
  constructor(name, onFilter) {
    const button = nameButton(name, LONGEST_NAME, () => onFilter(metricFilter(name)));
    const head = element('th', '', button);
    head.scope = 'row';
    this.element = element('tr', '', head, ...this.#cells);
  }

  /** @param {StatusReport['cost']['metrics'][number]} metric */
  update({ cells, pointsPerFlush, bytesPerFlush, mebibytesPerMonth, dollarsPerMonth }) {
    const texts = [
      cells.toLocaleString('en'),
      readable(rounded(pointsPerFlush)),
      withUnits(Math.round(bytesPerFlush), 'By'),
      mebibytes(mebibytesPerMonth),
      dollars(dollarsPerMonth),
    ];
    texts.forEach((text, i) => {
      const cell = this.#cells[i];
      if (cell) {
        setText(cell, text);
      }
    });
  }
}

/** @param {number} value */
function mebibytes(value) {
  return `${readable(rounded(value))} MiB`;
}

/** @param {number} value */
function rounded(value) {
  return Number(value.toPrecision(3));
}
