import { THIS_COPY } from './process-state.js';

const BRAND: unique symbol = Symbol.for('nestjs-tsmon:class');

interface Branded {
  readonly [BRAND]?: string;
}

/**
 * Recognises the objects of a class, also those of another copy of the package, for which `instanceof` is false. Copies with
 * different protocols have different brands.
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

  /** Whether a value is an object of the class or of a subclass. */
  isOn(value: unknown): value is T {
    return brandOf(value) === this.text;
  }
}

/** Whether an object comes from a copy of the package with another protocol. */
export function isOfForeignCopy(value: unknown): boolean {
  return brandOf(value)?.endsWith(` of protocol ${THIS_COPY.protocol}`) === false;
}

function brandOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? (value as Branded)[BRAND] : undefined;
}
