import { Counter } from '../metrics/counter.js';
import type { Registry } from '../metrics/registry.js';
import type { AssignmentReport } from '../task-numbers/task-num-allocator.js';

/** Counts what became of claims, in the process that did it: `tsmon/instances/assigned`, `expired`, `released`. */
export class AssignmentCounters {
  private readonly assigned: Counter;
  private readonly expired: Counter;
  private readonly released: Counter;

  constructor(registry: Registry) {
    this.assigned = new Counter('tsmon/instances/assigned', {
      description: 'Task numbers given out.',
      registry,
    });
    this.expired = new Counter('tsmon/instances/expired', {
      description: 'Claims removed because their instances were silent for too long.',
      registry,
    });
    this.released = new Counter('tsmon/instances/released', {
      description: 'Claims removed after their instances had released them.',
      registry,
    });
  }

  count({ assigned, expired, released = 0 }: AssignmentReport): void {
    add(this.assigned, assigned);
    add(this.expired, expired - released);
    add(this.released, released);
  }
}

/** An allocator of the application's own may report anything, and must not fail a run with it. */
function add(counter: Counter, amount: number): void {
  if (Number.isSafeInteger(amount) && amount > 0) {
    counter.add(amount);
  }
}
