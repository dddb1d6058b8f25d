import { Brand } from '../brand.js';
import { log, printable } from '../log.js';
import { oncePerProcess } from '../process-state.js';
import type { MetricDeclaration } from './metric-declaration.js';
import type { MetricStore } from './metric-store.js';
import { InMemoryStore } from '../store/in-memory-store.js';

/**
 * Sets metrics just before they are sent. It may be asynchronous; its time is limited.
 *
 * @inline
 */
export type MetricsCallback = () => void | Promise<void>;

/** A callback of {@link registerCallback}. */
export interface FlushCallback {
  readonly run: MetricsCallback;
  /** The gauges of which each run sets all cells. */
  readonly gauges: readonly MetricDeclaration[];
}

/** A callback of {@link registerGlobalCallback} and the metrics that it sets. */
export interface GlobalCallback {
  readonly metrics: readonly MetricDeclaration[];
  readonly run: MetricsCallback;
}

/** An application that sends the metrics of a registry. */
export interface RegistryOwner {
  /** Undoes a start that did not complete. */
  giveUp(): Promise<void>;
}

/** Nobody declares so many metrics by hand. A program makes them from values that belong in fields. */
const MANY_METRICS = 5000;
const PRODX_PREFIX = '/chrome/infra/';

const BRAND = new Brand<Registry>('Registry');

/**
 * A set of metrics with their callbacks and values. Most processes need only the default registry. A second registry
 * separates the metrics of a test, or of a second application in the same process.
 *
 * @publicApi
 */
export class Registry {
  static {
    BRAND.mark(this.prototype);
  }

  /**
   * Keeps the values of the metrics, also before an application starts. Only a registry creates a store.
   *
   * @internal
   */
  readonly store: MetricStore = new InMemoryStore();
  /**
   * Callbacks that run before every flush.
   *
   * @internal
   */
  readonly callbacks = new Set<FlushCallback>();
  /**
   * Callbacks that housekeeping runs, by name.
   *
   * @internal
   */
  readonly globalCallbacks = new Map<string, GlobalCallback>();
  private readonly byName = new Map<string, MetricDeclaration>();
  private claimant: RegistryOwner | undefined;
  /** Unregisters the callbacks that were registered since the claimant began to start. */
  private readonly endCallbacks = new Set<() => void>();
  private held = false;
  private leaving: Promise<void> | undefined;

  /**
   * Waits for an application that is shutting down. Undoes a start that did not complete: the start may have failed, and
   * Nest does not report such a failure. Does not wait for a running application.
   *
   * @internal
   */
  async untilLeft(): Promise<void> {
    await (this.leaving ?? (this.held ? undefined : this.claimant?.giveUp()));
  }

  /**
   * Claims the metrics for an application that begins to start. Until {@link hold} is called, another application can
   * take the claim over.
   *
   * @returns false if another application holds the metrics.
   * @internal
   */
  claim(owner: RegistryOwner): boolean {
    if (this.held && this.claimant !== owner) {
      return false;
    }
    if (this.claimant !== owner) {
      this.unregisterCallbacks();
    }
    this.claimant = owner;
    return true;
  }

  /**
   * Whether the claim of `owner` still stands: no other application has claimed the metrics since.
   *
   * @internal
   */
  isClaimedBy(owner: RegistryOwner): boolean {
    return this.claimant === owner;
  }

  /**
   * Makes `owner` the one application that sends the metrics. Call it when its start is complete.
   *
   * @returns false if another application has claimed the metrics since.
   * @internal
   */
  hold(owner: RegistryOwner): boolean {
    this.held ||= this.claimant === owner;
    return this.claimant === owner;
  }

  /**
   * Notes that `owner` is shutting down. `left` must resolve when `owner` has released the metrics.
   *
   * @internal
   */
  leave(owner: RegistryOwner, left: Promise<void>): void {
    if (this.claimant === owner) {
      this.leaving = left;
    }
  }

  /**
   * Ends the claim of `owner`, if it has one.
   *
   * @internal
   */
  release(owner: RegistryOwner): void {
    if (this.claimant === owner) {
      this.claimant = undefined;
      this.held = false;
      this.leaving = undefined;
      this.unregisterCallbacks();
    }
  }

  /**
   * Adds a callback that runs before every flush. If an application has begun to start, the callback ends with it.
   *
   * @returns a function that unregisters the callback.
   * @internal
   */
  addCallback(callback: FlushCallback): () => void {
    this.callbacks.add(callback);
    return this.endingWithApplication(() => this.callbacks.delete(callback));
  }

  /**
   * Adds a callback that housekeeping runs, in place of one with the same name. If an application has begun to start, the
   * callback ends with it.
   *
   * @returns a function that unregisters the callback.
   * @internal
   */
  addGlobalCallback(name: string, callback: GlobalCallback): () => void {
    this.globalCallbacks.set(name, callback);
    return this.endingWithApplication(() => {
      if (this.globalCallbacks.get(name) === callback) {
        this.globalCallbacks.delete(name);
      }
    });
  }

  private endingWithApplication(unregister: () => void): () => void {
    const end = (): void => {
      this.endCallbacks.delete(end);
      unregister();
    };
    if (this.claimant) {
      this.endCallbacks.add(end);
    }
    return end;
  }

  private unregisterCallbacks(): void {
    for (const end of this.endCallbacks) {
      end();
    }
  }

  /**
   * Adds a declaration. The constructor of a metric calls this.
   *
   * @throws Error when a different declaration has the same name, or a name that is the same to ProdX.
   */
  register(metric: MetricDeclaration): void {
    const known = this.byName.get(wireName(metric.name));
    if (known && known.describe() !== metric.describe()) {
      throw new Error(
        `Two metrics have the same name but differ:\n  ${known.describe()}\n  ${metric.describe()}\nRename one of them, or make both the same.`,
      );
    }
    if (!known) {
      this.byName.set(wireName(metric.name), metric);
      if (this.byName.size === MANY_METRICS) {
        warnAboutManyMetrics(metric.name);
      }
    }
  }

  /** The metrics that every instance reports for itself: the declared ones, and the ones of sources. */
  instanceMetrics(): MetricDeclaration[] {
    const global = new Set(this.globalMetrics());
    const declared = [...this.byName.values()].filter(metric => !global.has(metric));
    return [...declared, ...this.store.sourceMetrics()];
  }

  /** The metrics that housekeeping reports once for the whole service. */
  globalMetrics(): MetricDeclaration[] {
    const names = [...this.globalCallbacks.values()].flatMap(({ metrics }) =>
      metrics.map(metric => wireName(metric.name)),
    );
    return [...new Set(names)].map(name => this.byName.get(name)!);
  }
}

function warnAboutManyMetrics(lastName: string): void {
  log.warn(
    `There are ${MANY_METRICS} metrics, the last one "${printable(lastName)}". Each takes about 2 kB until the process ends. Declare a metric once, at module level, and use fields for values that vary.`,
  );
}

/** The name that ProdX sees: `orders` and `/chrome/infra/orders` are one metric to ProdX. */
function wireName(name: string): string {
  return name.startsWith('/') ? name : PRODX_PREFIX + name;
}

/** Whether a value is a Registry. It may come from another copy of the package that has the same protocol. */
export const isRegistry = (value: unknown): value is Registry => BRAND.isOn(value);

/** The registry of metrics that do not name one. All copies of the package in a process share it. */
export const defaultRegistry = oncePerProcess('registry', () => new Registry());
