import { THIS_COPY } from './process-state.js';

const BRAND: unique symbol = Symbol.for('nestjs-tsmon:class');

interface Branded {
  readonly [BRAND]?: string;
}

/**
 * Recognises the objects of a class, also those that another copy of the package has made, for which `instanceof` is
 * false. A copy with another protocol has other brands.
 */
export class Brand<T extends object> {
  private readonly text: string;

  constructor(className: string) {
    this.text = `${className} of protocol ${THIS_COPY.protocol}`;
  }

  /** Marks all objects that inherit from this prototype. */
  mark(prototype: T): void {
    Object.defineProperty(prototype, BRAND, { value: this.text });
  }

  /** Whether the value is an object of the class, or of one that extends it. */
  isOn(value: unknown): value is T {
    return brandOf(value) === this.text;
  }
}

/** Whether an object is of a class of the package, but of a copy that does not fit this one. */
export function isOfForeignCopy(value: unknown): boolean {
  return brandOf(value)?.endsWith(` of protocol ${THIS_COPY.protocol}`) === false;
}

function brandOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? (value as Branded)[BRAND] : undefined;
}
