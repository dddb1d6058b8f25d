import type { Target } from '../../targets/target.js';
import { UNKNOWN } from './dictionary.js';

/** The number of no target, which is the instance. */
export const OWN_TARGET = 0;

/** Gives each target a small number. Targets with the same key have one number. */
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

  /** The numbers of the targets for which `matches` holds. */
  idsWhere(matches: (target: Target) => boolean): Set<number> {
    const ids = new Set<number>();
    this.targets.forEach((target, id) => {
      if (target && matches(target)) {
        ids.add(id);
      }
    });
    return ids;
  }

  /** The number of a target that one more cell has. */
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

  /** One cell less has the target: what no cell has is forgotten. */
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
