// @ts-check

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Returns the element with this id, and checks its class.
 *
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) {
    throw new TypeError(`The page has no #${id} of this type.`);
  }
  return found;
}

/**
 * Creates an element. Texts become text, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {...(Node | string)} children
 */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) {
    made.className = className;
  }
  made.append(...children);
  return made;
}

/**
 * A new element of a drawing.
 *
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Readonly<Record<string, string | number>>} attributes
 * @param {...Node} children
 */
export function drawn(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/**
 * Sets a text if it has changed, so that an unchanged text is not painted or read out again.
 *
 * @param {Element} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) {
    target.textContent = text;
  }
}

/**
 * Sets the children of an element. Moves only children that are in another place, so that the focus stays.
 *
 * @param {Element} parent
 * @param {readonly Element[]} children
 */
export function setChildren(parent, children) {
  children.forEach((child, i) => {
    if (parent.children[i] !== child) {
      parent.insertBefore(child, parent.children[i] ?? null);
    }
  });
  while (parent.children.length > children.length) {
    parent.lastElementChild?.remove();
  }
}

/**
 * Shows terms with their texts. A term that stays keeps its element.
 *
 * @param {Element} list a `dl`
 * @param {readonly (readonly [term: string, text: string, note?: string])[]} facts
 */
export function setFacts(list, facts) {
  const known = new Map(
    Array.from(list.children, group => [group.firstElementChild?.textContent, group]),
  );
  setChildren(
    list,
    facts.map(([term, text, note = '']) => {
      const group =
        known.get(term) ??
        element(
          'div',
          '',
          element('dt', '', term),
          element('dd', '', element('bdi'), element('small')),
        );
      const [value, small] = group.lastElementChild?.children ?? [];
      if (value && small) {
        setText(value, text);
        setText(small, note);
      }
      return group;
    }),
  );
}

/**
 * Lets a screen reader say a text.
 *
 * @param {string} text
 */
export function announce(text) {
  byId('announcer', HTMLElement).textContent = text;
}

/** Lets the page do other work. */
export function nextTask() {
  return new Promise(resolve => {
    setTimeout(resolve);
  });
}
