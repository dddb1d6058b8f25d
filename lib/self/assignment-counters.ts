import { Counter } from '../metrics/counter.js';
import type { Registry } from '../metrics/registry.js';
import type { AssignmentReport } from '../task-numbers/task-num-allocator.js';

/**
 * Counts assigned, expired and released claims in `tsmon/instances/assigned`, `expired` and `released`. The process that ran
 * housekeeping counts them.
 */
export class AssignmentCounters {
  private readonly assigned: Counter;
  private readonly expired: Counter;
  private readonly released: Counter;

  constructor(registry: Registry) {
    this.assigned = new Counter('tsmon/instances/assigned', {
      description: 'Task numbers assigned.',
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

/** Ignores invalid amounts: an allocator of the application's own may report anything, and must not make a run fail. */
function add(counter: Counter, amount: number): void {
  if (Number.isSafeInteger(amount) && amount > 0) {
    counter.add(amount);
  }
}
