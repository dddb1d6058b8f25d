import { Brand } from '../brand.js';
import { systemClock, type Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { log } from '../log.js';
import type { MetricDeclaration } from '../metrics/metric-declaration.js';
import type { MetricStore } from '../metrics/metric-store.js';
import { Mistakes } from '../metrics/mistakes.js';
import type { ReservedTargets } from '../targets/reserved-targets.js';
import type { Target } from '../targets/target.js';
import { Capture, DueCells } from './capture.js';
import { CellTables } from './cell-tables.js';
import type { CellsOwner, MetricCells } from './metric-cells.js';
import { Timestamps } from '../clock/timestamps.js';
import { SendLedger } from './send-ledger.js';
import type { ConstantFields } from './sent-metric.js';
import type { CellSnapshot } from './snapshot.js';

/** The default of the option `limits.cellsPerMetric`. */
export const DEFAULT_CELLS_PER_METRIC = 5000;

/** No cell was accepted later, so none is quiet. */
const NO_QUIET_CELLS = Infinity;

const BRAND = new Brand<InMemoryStore>('InMemoryStore');

/** Holds all cells of a registry. It exists before an application starts, and its size is limited from the beginning. */
export class InMemoryStore implements MetricStore, CellsOwner {
  static {
    BRAND.mark(this.prototype);
  }

  cellsPerMetric = DEFAULT_CELLS_PER_METRIC;
  keepsExemplars = false;
  reservedTargets: ReservedTargets | undefined;
  readonly sends = new SendLedger();
  readonly mistakes = new Mistakes();
  private readonly tables = new CellTables(this);
  private lastStart = 0;
  private readonly droppedByMetric = new Map<string, number>();
  private carriedOverSends = 0;
  private warnedOfReserved = false;
  private timestamps = new Timestamps(systemClock);
  private age = new Stopwatch(systemClock);
  private lastCaptureAt = 0;
  private lastQuietMs = 0;
  private lastQuietBytes = 0;
  private quiet = 0;
  /**
   * Keeps one snapshot alive. When the last object of a hidden class is collected, V8 discards the code optimised for it,
   * and the next flush is three times slower.
   */
  private example: readonly [Capture, CellSnapshot] | undefined;

  /** False checks recordings as usual, and drops them. */
  get recording(): boolean {
    return this.tables.recording;
  }

  set recording(value: boolean) {
    this.tables.recording = value;
  }

  /** Sets the fields that all cells have, as monitors get them. */
  set constantFields(fields: ConstantFields) {
    this.tables.constantFields = fields;
  }

  /** Sets the clock that times are taken from. */
  useClock(clock: Clock): void {
    // With the same clock, times continue after the last one: the clock may have been set back since.
    if (clock !== this.timestamps.clock) {
      this.timestamps = new Timestamps(clock);
      this.age = new Stopwatch(clock);
    }
  }

  /** When {@link captureDue} was called last, in milliseconds since an arbitrary origin. */
  get capturedAt(): number {
    return this.lastCaptureAt;
  }

  /** How many quiet cells {@link captureDue} has left out last. */
  get quietCells(): number {
    return this.quiet;
  }

  /** The bytes that would have been billed for them. */
  get quietBytes(): number {
    return this.lastQuietBytes;
  }

  /** The bytes that were billed for all points which were accepted. */
  get acceptedBytes(): number {
    return this.tables.acceptedBytes;
  }

  /** The cells of all metrics. */
  cellTables(): Iterable<MetricCells> {
    return this.tables;
  }

  /** Cells that were accepted since the returned time, and do not change, are quiet in a flush in `delayMs`. */
  quietSinceIn(delayMs: number): number {
    return quietSince(this.age.elapsedMs() + delayMs, this.lastQuietMs);
  }

  /** Returns a time that is later than every time before (R4), in whole microseconds since the epoch. */
  timestamp(): number {
    return this.timestamps.take();
  }

  open(metric: MetricDeclaration): MetricCells {
    return this.tables.open(metric);
  }

  /** Begins to keep cells of a metric that a source has read. */
  openSource(metric: MetricDeclaration): MetricCells {
    return this.tables.openSource(metric);
  }

  /** Forgets a metric of a source, with its cells. */
  closeSource(metric: MetricDeclaration): void {
    this.tables.closeSource(metric);
  }

  sourceMetrics(): MetricDeclaration[] {
    return this.tables.sourceMetrics();
  }

  /** Captures the cells of these metrics as they are now. A cell without a target of its own reports `defaultTarget`. */
  capture(metrics: Iterable<MetricDeclaration>, defaultTarget: Target): Capture {
    return this.captureSince(NO_QUIET_CELLS, metrics, defaultTarget);
  }

  /**
   * Captures the cells but the quiet ones: cumulative distributions that have not changed since they were accepted, less than
   * `quietMs` ago (F12).
   */
  captureDue(
    metrics: readonly MetricDeclaration[],
    defaultTarget: Target,
    quietMs: number,
  ): DueCells {
    this.lastCaptureAt = this.age.elapsedMs();
    this.lastQuietMs = quietMs;
    const due = this.captureSince(quietSince(this.lastCaptureAt, quietMs), metrics, defaultTarget);
    this.quiet = due.quietCells;
    this.lastQuietBytes = due.quietBytes;
    return new DueCells(due, () => this.capture(metrics, defaultTarget));
  }

  private captureSince(
    since: number,
    metrics: Iterable<MetricDeclaration>,
    defaultTarget: Target,
  ): Capture {
    const captured = Capture.of(this.tables.of(metrics), defaultTarget, since);
    this.example ??= exampleOf(captured);
    return captured;
  }

  /** Captures the cells, and makes all snapshots at once. */
  snapshot(metrics: Iterable<MetricDeclaration>, defaultTarget: Target): CellSnapshot[] {
    const captured = this.capture(metrics, defaultTarget);
    return captured.slice(0, captured.length);
  }

  /** Captures the same cells again, without the cells that were removed. */
  snapshotAgain(earlier: Iterable<CellSnapshot>, defaultTarget: Target): CellSnapshot[] {
    return Array.from(earlier)
      .filter(snapshot => snapshot.isPresent)
      .map(snapshot => snapshot.again(defaultTarget));
  }

  /** Removes the cells of the snapshots, except cells that were set since. */
  discard(snapshots: Iterable<CellSnapshot>): void {
    for (const snapshot of snapshots) {
      if (!snapshot.isOvertaken) {
        snapshot.cells.remove(snapshot.row);
      }
    }
  }

  /**
   * Starts a new stream for every cumulative cell. It begins now, with the part of the value that was not yet accepted. The
   * values that the application reads do not change (F7).
   */
  startStreams(): void {
    this.carriedOverSends += this.sends.endStreams();
    const resetTime = this.timestamp();
    this.lastStart = resetTime;
    for (const table of this.tables) {
      table.startStreams(resetTime);
    }
  }

  /** When {@link startStreams} or {@link reset} was called last. No stream may begin earlier. */
  get streamsStartedAt(): number {
    return this.lastStart;
  }

  /** The number of sends of unknown outcome that {@link startStreams} has carried over. */
  get unknownSends(): number {
    return this.carriedOverSends;
  }

  /** Removes all cells. Declarations and bound cells stay usable. */
  reset(): void {
    for (const table of this.tables) {
      table.clear();
    }
    this.lastStart = this.timestamps.peek();
    this.droppedByMetric.clear();
    this.mistakes.forget();
    this.sends.forget();
    this.carriedOverSends = 0;
    this.warnedOfReserved = false;
  }

  /** The number of recordings that each metric has lost because it had `cellsPerMetric` cells. */
  dropped(): ReadonlyMap<string, number> {
    return this.droppedByMetric;
  }

  noteDropped(metric: MetricDeclaration): void {
    const before = this.droppedByMetric.get(metric.name) ?? 0;
    this.droppedByMetric.set(metric.name, before + 1);
    if (before === 0) {
      log.warn(
        `Metric "${metric.name}" has ${this.cellsPerMetric} cells, and new ones are dropped. Record fewer distinct field values, or raise limits.cellsPerMetric.`,
      );
    }
  }

  /** Warns once, since the application would cause the same warning with each flush. */
  noteReserved(metric: MetricDeclaration, target: Target): void {
    if (!this.warnedOfReserved) {
      this.warnedOfReserved = true;
      log.warn(
        `Metric ${JSON.stringify(metric.name)} has cells under a withTarget() of ${JSON.stringify(target.labels())}, which is the target group of this instance, or the global target of its service. They are not sent, since they would be written into the streams of whichever instance holds that number. Record outside of withTarget() to report as this instance, or give the target another jobName or hostName.`,
      );
    }
  }
}

function quietSince(captureAt: number, quietMs: number): number {
  return quietMs > 0 ? captureAt - quietMs : NO_QUIET_CELLS;
}

function exampleOf(captured: Capture): readonly [Capture, CellSnapshot] | undefined {
  const capture = captured.example();
  const [snapshot] = capture.slice(0, 1);
  return snapshot && [capture, snapshot];
}

/**
 * Returns the store of a registry. The registry may come from another copy of the package.
 *
 * @throws TypeError when the other copy does not fit this one.
 */
export function storeOf({ store }: { readonly store: MetricStore }): InMemoryStore {
  if (!BRAND.isOn(store)) {
    throw new TypeError(
      'This registry belongs to another copy of nestjs-tsmon, which does not fit this one. Install one version for all packages: `npm ls nestjs-tsmon`.',
    );
  }
  return store;
}
