import type { FieldValue } from '../metrics/fields.js';
import type { StoredCell } from './stored-cell.js';

type Step = FieldValue | undefined;
type Node = Level | StoredCell;
type Level = Map<Step, Node>;

/**
 * The cells of one metric: a level of maps for the target, then one for each field, the cells in the last. The
 * values themselves are the keys. A value of a wrong type therefore leads nowhere, so that finding a cell needs
 * no checks, and making one does them.
 */
export class CellTree {
  private readonly root: Level = new Map();

  constructor(private readonly fieldNames: readonly string[]) {}

  find(targetKey: string | undefined, fields: unknown): StoredCell | undefined {
    const given = fields as Readonly<Record<string, FieldValue>> | null | undefined;
    let node = this.root.get(targetKey);
    for (const name of this.fieldNames) {
      node = (node as Level | undefined)?.get(given?.[name]);
    }
    return node as StoredCell | undefined;
  }

  add(cell: StoredCell): void {
    const { levels, last } = this.walk(cell);
    levels.at(-1)!.set(last, cell);
  }

  delete(cell: StoredCell): void {
    const { levels, steps, last } = this.walk(cell);
    levels.at(-1)!.delete(last);
    for (let i = levels.length - 1; i > 0 && levels[i]!.size === 0; i--) {
      levels[i - 1]!.delete(steps[i - 1]);
    }
  }

  clear(): void {
    this.root.clear();
  }

  [Symbol.iterator](): Generator<StoredCell> {
    return leaves(this.root, this.fieldNames.length);
  }

  /** The levels that lead to a cell, made where they are missing, and the step taken at each. */
  private walk(cell: StoredCell): { levels: Level[]; steps: Step[]; last: Step } {
    const steps: Step[] = [cell.target?.key, ...cell.fieldValues];
    const levels = [this.root];
    for (const step of steps.slice(0, -1)) {
      const level = levels.at(-1)!;
      const next = (level.get(step) ?? new Map()) as Level;
      level.set(step, next);
      levels.push(next);
    }
    return { levels, steps, last: steps.at(-1) };
  }
}

function* leaves(level: Level, depth: number): Generator<StoredCell> {
  for (const node of level.values()) {
    if (depth === 0) {
      yield node as StoredCell;
    } else {
      yield* leaves(node as Level, depth - 1);
    }
  }
}
