import { Bucketer } from '../metrics/bucketer.js';
import { Counter } from '../metrics/counter.js';
import type { BoundCounter } from '../metrics/cumulative-number.js';
import {
  CumulativeDistribution,
  type BoundCumulativeDistribution,
} from '../metrics/cumulative-distribution.js';
import type { Registry } from '../metrics/registry.js';
import { Units } from '../metrics/units.js';
import { OnceLog } from '../seldom-log.js';
import { outsideTargets } from '../targets/with-target.js';
import type { TraceSpan } from '../trace-context.js';
import type { Operation } from './operation.js';

const FIELDS = { transport: 'string', name: 'string', outcome: 'string' } as const;

/** From 0.1 ms to 14 minutes. A message on the same machine takes less than a millisecond, a subscription hours. */
const BUCKETER = Bucketer.geometric(2, 23, 0.1);

/** The two metrics of the calls that are not HTTP requests. */
export class RpcMetrics {
  readonly count: Counter<typeof FIELDS>;
  readonly durations: CumulativeDistribution<typeof FIELDS>;
  private readonly onceLog = new OnceLog();
  /** Keyed by the name of the operation. */
  private readonly cells = new Map<string, CallCells[]>();

  constructor(private readonly registry: Registry) {
    this.count = new Counter('rpc/server_count', {
      description: 'Messages of microservices and WebSockets, and operations of GraphQL.',
      fields: FIELDS,
      registry,
    });
    this.durations = new CumulativeDistribution('rpc/server_durations', {
      description: 'How long calls took, until their answer or stream ended.',
      fields: FIELDS,
      units: Units.Milliseconds,
      bucketer: BUCKETER,
      registry,
    });
  }

  get keepsExemplars(): boolean {
    return this.registry.store.keepsExemplars;
  }

  /** Records a call. Never throws: the first error is logged. */
  record(
    operation: Operation,
    outcome: string,
    durationMs: number,
    span: TraceSpan | undefined,
  ): void {
    try {
      this.cellsOf(operation, outcome).add(durationMs, span);
    } catch (error) {
      this.onceLog.failureOnce('A call could not be recorded.', error);
    }
  }

  private cellsOf({ transport, name }: Operation, outcome: string): CallCells {
    const known = this.cells.get(name);
    const found = known?.find(one => one.outcome === outcome && one.transport === transport);
    return found ?? this.newCells(transport, name, outcome);
  }

  private newCells(transport: string, name: string, outcome: string): CallCells {
    const cells = outsideTargets(() => new CallCells(this, transport, name, outcome));
    this.cells.set(name, [...(this.cells.get(name) ?? []), cells]);
    return cells;
  }
}

/** Caches the cells of calls with the same fields. They belong to this instance, even if a call ends inside `withTarget()`. */
class CallCells {
  private readonly count: BoundCounter;
  private readonly durations: BoundCumulativeDistribution;

  constructor(
    metrics: RpcMetrics,
    readonly transport: string,
    name: string,
    readonly outcome: string,
  ) {
    const fields = { transport, name, outcome };
    this.count = metrics.count.cell(fields);
    this.durations = metrics.durations.cell(fields);
  }

  add(durationMs: number, span: TraceSpan | undefined): void {
    this.count.add(1);
    this.durations.addInSpan(durationMs, span);
  }
}
