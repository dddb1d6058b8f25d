import { isOfForeignCopy } from '../brand.js';
import { classNameOf, printable } from '../log.js';

const LONGEST_TEXT = 100;
const MOST_ITEMS = 3;

/**
 * Shows a value in a message: strings in quotes, objects by class, functions by name, long values cut. It never throws, so that a
 * value which cannot be read does not hide the message about it.
 */
export function shown(value: unknown): string {
  try {
    return Array.isArray(value) ? shownList(value) : shownOne(value);
  } catch {
    return `a value of type ${typeof value} that cannot be shown`;
  }
}

function shownList(list: readonly unknown[]): string {
  const items = list
    .slice(0, MOST_ITEMS)
    .map(item => (Array.isArray(item) ? '[…]' : shownOne(item)));
  return `[${[...items, ...(list.length > MOST_ITEMS ? ['…'] : [])].join(', ')}]`;
}

function shownOne(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(cut(value));
  }
  if (typeof value === 'function') {
    return value.name === '' ? 'a function' : `the function ${cut(value.name)}`;
  }
  return typeof value === 'object' && value !== null
    ? shownObject(value)
    : printable(cut(String(value)));
}

function shownObject(value: object): string {
  const className = `an object of class ${printable(cut(classNameOf(value)))}`;
  return isOfForeignCopy(value)
    ? `${className} of another copy of nestjs-tsmon, which does not fit this one (npm ls nestjs-tsmon)`
    : className;
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}
