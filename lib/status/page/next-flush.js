// @ts-check
/** @import { Cells } from './cells.js' */
/** @import { Filter } from './filters.js' */
import { byId, element, setText } from './dom.js';
import { DUE, QUIET, UNACCEPTED } from './filters.js';

const SHOWN = [DUE, QUIET, UNACCEPTED];

/** Tells what the next flush sends. Each number is a button that shows its cells. */
export class NextFlush {
  /** @type {readonly (readonly [Filter, HTMLElement])[]} */
  #buttons;

  /** @param {(filter: Filter) => void} onFilter */
  constructor(onFilter) {
    this.#buttons = SHOWN.map(filter => {
      const button = element('button', 'link');
      button.type = 'button';
      button.addEventListener('click', () => onFilter(filter));
      return [filter, button];
    });
    const buttons = this.#buttons.map(([, button]) => button);
    byId('next-flush', HTMLElement).append(...buttons);
  }

  /** @param {Cells} cells */
  update(cells) {
    for (const [filter, button] of this.#buttons) {
      setText(button, `${cells.countOf(filter.test).toLocaleString('en')} ${filter.label}`);
    }
    byId('next-flush', HTMLElement).hidden = cells.count === 0;
  }
}
