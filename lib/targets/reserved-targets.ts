import type { Target } from './target.js';
import type { Task } from './task.js';

type Labels = Readonly<Record<string, string | number | boolean>>;

/**
 * The targets that only the library may report under: the target group of this instance, with any number, and the global
 * target of its service. If the application reported under one of them, its cells would end up in the streams of this
 * instance, of another one, or of housekeeping.
 */
export class ReservedTargets {
  private readonly groups: readonly Labels[];
  private readonly globals: readonly Labels[];

  /** @param tasks the target that the instance reports under, and the one of its options if they differ. */
  constructor(tasks: readonly Task[]) {
    this.groups = tasks.map(task => withoutNumber(task.labels()));
    this.globals = tasks.map(task => task.toGlobal().labels());
  }

  /** Compares labels, not keys: a receiver sees labels, and the application may have its own target class. */
  has(target: Target): boolean {
    if (target.type !== 'task') {
      return false;
    }
    const labels = labelsOf(target);
    const group = withoutNumber(labels);
    return (
      this.groups.some(reserved => areEqual(reserved, group)) ||
      this.globals.some(reserved => areEqual(reserved, labels))
    );
  }
}

/** Returns no labels if the application's target class throws: monitors then reject its cells. */
function labelsOf(target: Target): Labels {
  try {
    return target.labels();
  } catch {
    return {};
  }
}

function withoutNumber(labels: Labels): Labels {
  const { task_num: _, ...others } = labels;
  return others;
}

function areEqual(one: Labels, other: Labels): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every(name => one[name] === other[name])
  );
}
