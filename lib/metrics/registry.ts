import { Brand } from '../brand.js';
import { log, printable } from '../log.js';
import { oncePerProcess } from '../process-state.js';
import type { MetricDeclaration } from './metric-declaration.js';
import { createStore, type MetricStore } from './metric-store.js';

/**
 * Sets metrics just before they are sent. It may be asynchronous, and is bounded in time.
 *
 * @publicApi
 */
export type MetricsCallback = () => void | Promise<void>;

/** A callback that housekeeping runs, and the metrics that it sets. */
export interface GlobalCallback {
  readonly metrics: readonly MetricDeclaration[];
  readonly run: MetricsCallback;
}

/** An application that sends the metrics of a registry. */
export interface RegistryOwner {
  /** Undoes a start that is not complete. */
  giveUp(): Promise<void>;
}

/** Far more metrics than people write: a program makes them up from values that belong into fields. */
const MANY_METRICS = 5000;
const PRODX_PREFIX = '/chrome/infra/';

const BRAND = new Brand<Registry>('Registry');

/**
 * A set of metrics, with their callbacks and values. Most processes need only the default one; another
 * keeps the metrics of a test, or of a second application in one process, apart.
 *
 * @publicApi
 */
export class Registry {
  static {
    BRAND.mark(this.prototype);
  }

  /**
   * Run before every flush.
   *
   * @internal
   */
  readonly callbacks = new Set<MetricsCallback>();
  /**
   * Run by housekeeping, each under its name.
   *
   * @internal
   */
  readonly globalCallbacks = new Map<string, GlobalCallback>();
  private readonly byName = new Map<string, MetricDeclaration>();
  private createdStore: MetricStore | undefined;
  private claimant: RegistryOwner | undefined;
  private held = false;
  private leaving: Promise<void> | undefined;

  /**
   * Where the values are.
   *
   * @internal
   */
  get store(): MetricStore {
    return (this.createdStore ??= createStore());
  }

  /**
   * Waits for an application that is shutting down, and undoes a start that is not complete: it may have failed, and Nest
   * does not report that. It does not wait for a running application.
   *
   * @internal
   */
  async untilLeft(): Promise<void> {
    await (this.leaving ?? (this.held ? undefined : this.claimant?.giveUp()));
  }

  /**
   * Lays claim for an application that begins to start. The claim counts against others once it is held.
   *
   * @returns false when another application holds the metrics.
   * @internal
   */
  claim(owner: RegistryOwner): boolean {
    if (this.held && this.claimant !== owner) {
      return false;
    }
    this.claimant = owner;
    return true;
  }

  /**
   * Whether no other application has laid claim since `owner` did.
   *
   * @internal
   */
  isClaimedBy(owner: RegistryOwner): boolean {
    return this.claimant === owner;
  }

  /**
   * Makes `owner`, whose start is complete, the one application that sends the metrics.
   *
   * @returns false when another one laid claim since.
   * @internal
   */
  hold(owner: RegistryOwner): boolean {
    this.held ||= this.claimant === owner;
    return this.claimant === owner;
  }

  /**
   * Says that `owner` ends, and will have released the metrics, if they are its own, when `left` resolves.
   *
   * @internal
   */
  leave(owner: RegistryOwner, left: Promise<void>): void {
    if (this.claimant === owner) {
      this.leaving = left;
    }
  }

  /**
   * Takes the claim of `owner` back, if it has one.
   *
   * @internal
   */
  release(owner: RegistryOwner): void {
    if (this.claimant === owner) {
      this.claimant = undefined;
      this.held = false;
      this.leaving = undefined;
    }
  }

  /**
   * Adds a declaration. A metric does so itself when it is made.
   *
   * @throws Error when another declaration has the name, or one that ProdX could not tell from it.
   */
  register(metric: MetricDeclaration): void {
    const known = this.byName.get(wireName(metric.name));
    if (known && known.describe() !== metric.describe()) {
      throw new Error(
        `Two metrics differ, but have one name:\n  ${known.describe()}\n  ${metric.describe()}\nRename one of them, or make both alike.`,
      );
    }
    if (!known) {
      this.byName.set(wireName(metric.name), metric);
      if (this.byName.size === MANY_METRICS) {
        warnOfManyMetrics(metric.name);
      }
    }
  }

  /** The metrics that every instance reports for itself. */
  instanceMetrics(): MetricDeclaration[] {
    const global = new Set(this.globalMetrics());
    return [...this.byName.values()].filter(metric => !global.has(metric));
  }

  /** The metrics that housekeeping reports once for the whole service. */
  globalMetrics(): MetricDeclaration[] {
    const names = [...this.globalCallbacks.values()].flatMap(({ metrics }) =>
      metrics.map(metric => wireName(metric.name)),
    );
    return [...new Set(names)].map(name => this.byName.get(name)!);
  }
}

function warnOfManyMetrics(lastName: string): void {
  log.warn(
    `There are ${MANY_METRICS} metrics, the last one "${printable(lastName)}". Each takes about 2 kB for as long as the process lives. Declare a metric once, at module level, and make what varies a field.`,
  );
}

/** `orders` and `/chrome/infra/orders` would be one metric to ProdX. */
function wireName(name: string): string {
  return name.startsWith('/') ? name : PRODX_PREFIX + name;
}

/** Whether it is a registry, of this copy of the package or of another that works with it. */
export const isRegistry = (value: unknown): value is Registry => BRAND.isOn(value);

/** The registry of metrics that name none: one a process, whichever copy of the package declares them. */
export const defaultRegistry = oncePerProcess('registry', () => new Registry());
