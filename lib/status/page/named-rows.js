// @ts-check
import { byId, element, setChildren } from './dom.js';
import { shortened } from './text.js';

/**
 * A table with one row a name. Rows that stay keep their elements, and so the focus and the selection of a reader.
 *
 * @template {{ readonly element: HTMLElement }} View
 */
export class NamedRows {
  #table;
  #create;
  /** @type {Map<string, View>} */
  #views = new Map();

  /**
   * @param {string} id the id of the table, which is hidden without rows.
   * @param {(name: string) => View} create
   */
  constructor(id, create) {
    this.#table = byId(id, HTMLTableElement);
    this.#create = create;
  }

  /**
   * Shows these rows in this order.
   *
   * @param {readonly string[]} names
   * @returns {View[]} one for each name.
   */
  show(names) {
    const views = names.map(name => this.#views.get(name) ?? this.#create(name));
    this.#views = new Map(views.map((view, i) => [names[i] ?? '', view]));
    const [body] = this.#table.tBodies;
    if (body) {
      setChildren(
        body,
        views.map(view => view.element),
      );
    }
    this.#table.hidden = names.length === 0;
    return views;
  }
}

/**
 * @param {string} name
 * @param {number} longest how many characters are shown.
 * @param {() => void} onClick
 */
export function nameButton(name, longest, onClick) {
  const button = element('button', 'link', element('bdi', '', shortened(name, longest)));
  button.type = 'button';
  button.addEventListener('click', onClick);
  return button;
}
