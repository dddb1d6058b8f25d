import type { Target } from '../../targets/target.js';
import { UNKNOWN } from './dictionary.js';

/** The id of cells without a target of their own: they belong to this instance. */
export const OWN_TARGET = 0;

/** Gives each target a small id. Targets with the same key have the same id. */
export class TargetDictionary {
  private readonly ids = new Map<string, number>();
  private readonly targets: (Target | undefined)[] = [undefined];
  private readonly uses: number[] = [0];
  private readonly free: number[] = [];

  idOf(target: Target): number {
    return this.ids.get(target.key) ?? UNKNOWN;
  }

  valueOf(id: number): Target | undefined {
    return this.targets[id];
  }

  /** Returns the ids of the targets that `matches`. */
  idsWhere(matches: (target: Target) => boolean): Set<number> {
    const ids = new Set<number>();
    this.targets.forEach((target, id) => {
      if (target && matches(target)) {
        ids.add(id);
      }
    });
    return ids;
  }

  /** Counts one more cell with the target, and returns its id. */
  retain(target: Target | undefined): number {
    if (!target) {
      return OWN_TARGET;
    }
    let id = this.idOf(target);
    if (id === UNKNOWN) {
      id = this.free.pop() ?? this.targets.length;
      this.ids.set(target.key, id);
      this.targets[id] = target;
      this.uses[id] = 0;
    }
    this.uses[id]! += 1;
    return id;
  }

  /** Counts one cell less with the target, and forgets a target without cells. */
  release(id: number): void {
    if (id === OWN_TARGET) {
      return;
    }
    this.uses[id]! -= 1;
    if (this.uses[id] === 0) {
      this.ids.delete(this.targets[id]!.key);
      this.targets[id] = undefined;
      this.free.push(id);
    }
  }
}
