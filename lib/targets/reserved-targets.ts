import type { Target } from './target.js';
import type { Task } from './task.js';

type Labels = Readonly<Record<string, string | number | boolean>>;

/**
 * The targets that only the library itself reports: the target group of this instance, under whichever number, and the
 * global target of its service. What the application reports under them would be written into streams of this instance, of
 * another one, or of housekeeping.
 */
export class ReservedTargets {
  private readonly groups: readonly Labels[];
  private readonly globals: readonly Labels[];

  /** @param tasks what the instance reports as, and what it was told to report as, where these differ. */
  constructor(tasks: readonly Task[]) {
    this.groups = tasks.map(task => withoutNumber(task.labels()));
    this.globals = tasks.map(task => task.toGlobal().labels());
  }

  /** Compares labels, not keys: a receiver sees the labels, also where the application has a target class of its own. */
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

/** A target class of the application may throw: monitors then reject its cells. */
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
