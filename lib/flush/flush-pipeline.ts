import type { Clock } from '../clock/clock.js';
import { Deadline } from '../clock/deadline.js';
import { Stopwatch } from '../clock/stopwatch.js';
import type { Registry } from '../metrics/registry.js';
import { storeOf, type InMemoryStore } from '../store/in-memory-store.js';
import { DueCells, type Snapshots } from '../store/capture.js';
import type { CellSnapshot } from '../store/snapshot.js';
import type { SourceReader } from '../sources/source-reader.js';
import type { Task } from '../targets/task.js';
import type { FlushSettings } from './flush-settings.js';
import { runCallbacks } from './run-callbacks.js';
import type { CellSender, Delivery } from './sender.js';
import type { HeldTaskNumber } from './held-task-number.js';

/** The shares of its time that a flush may spend before it sends, so that enough time is left to send. */
const HEARTBEAT_SHARE = 0.5;
const CALLBACKS_SHARE = 0.25;
const SOURCES_SHARE = 0.25;
/** Larger, because without a number there is nothing to send, and an instance that assigns its own number needs time. */
const FIRST_NUMBER_SHARE = 0.9;

/** Runs the steps of a flush: heartbeat, callbacks, sources, snapshot, send, acknowledge. */
export class FlushPipeline {
  private readonly store: InMemoryStore;
  /** Started when all cells were last sent, successfully or not. */
  private sinceAllCells: Stopwatch | undefined;
  /** Whether some cells were accepted since then, and the cells that were not. */
  private deliveredSome = false;
  private leftOver: readonly CellSnapshot[] = [];

  constructor(
    private readonly registry: Registry,
    private readonly taskNumber: HeldTaskNumber,
    private readonly sender: CellSender,
    private readonly settings: Pick<FlushSettings, 'intervalSec' | 'quietSec'>,
    private readonly clock: Clock,
    private readonly sources?: Pick<SourceReader, 'read'>,
  ) {
    this.store = storeOf(registry);
  }

  /**
   * Sends all cells.
   *
   * @param giveUp ends the attempt when it is aborted.
   * @throws NoTaskNumberError while no number is assigned, or the error of the allocator.
   */
  sendAll(timeoutMs: number, giveUp?: AbortSignal): Promise<Delivery> {
    return this.attempt(timeoutMs, giveUp, target => this.allCells(target));
  }

  /**
   * Sends all cells without calling the callbacks and reading the sources.
   *
   * @param giveUp ends the attempt when it is aborted.
   * @throws as {@link sendAll}.
   */
  sendRecorded(timeoutMs: number, giveUp?: AbortSignal): Promise<Delivery> {
    const nothingToRefresh = async (): Promise<void> => {};
    return this.attempt(timeoutMs, giveUp, target => this.allCells(target), nothingToRefresh);
  }

  /**
   * Sends all cells, or only a rest: when the last attempt in the same interval delivered some cells and not others, it sends
   * the others.
   *
   * @param giveUp ends the attempt when it is aborted.
   * @throws as {@link sendAll}.
   */
  sendDue(timeoutMs: number, giveUp?: AbortSignal): Promise<Delivery> {
    const { leftOver } = this;
    return this.deliveredSome && leftOver.length > 0 && this.withinInterval()
      ? this.attempt(timeoutMs, giveUp, target => this.cellsAgain(leftOver, target))
      : this.sendAll(timeoutMs, giveUp);
  }

  /** Captures the cells in the same step in which the end time is taken. */
  private attempt(
    timeoutMs: number,
    giveUp: AbortSignal | undefined,
    capture: (target: Task) => Snapshots,
    refresh = (deadline: Deadline): Promise<void> => this.refresh(timeoutMs, deadline),
  ): Promise<Delivery> {
    const work = async (deadline: Deadline): Promise<Delivery> => {
      const target = await this.heartbeat(timeoutMs, deadline);
      await refresh(deadline);
      return this.send(target, capture(target), deadline.signal);
    };
    return Deadline.run(this.clock, 'A flush', timeoutMs, work, giveUp);
  }

  /** All cells but the quiet ones. */
  private allCells(target: Task): Snapshots {
    this.sinceAllCells = new Stopwatch(this.clock);
    this.deliveredSome = false;
    return this.store.captureDue(this.registry.instanceMetrics(), target, this.quietMs());
  }

  private cellsAgain(leftOver: readonly CellSnapshot[], target: Task): Snapshots {
    const everyCell = (): Snapshots => this.store.capture(this.registry.instanceMetrics(), target);
    return new DueCells(this.store.snapshotAgain(leftOver, target), everyCell);
  }

  /** How long ago a quiet cell may have been accepted: with the next flush it must not be older than `quietSec`. */
  private quietMs(): number {
    const { quietSec, intervalSec } = this.settings;
    return this.sender.everyPoint ? 0 : (quietSec - intervalSec) * 1000;
  }

  private withinInterval(): boolean {
    return (
      this.sinceAllCells !== undefined &&
      this.sinceAllCells.elapsedMs() < this.settings.intervalSec * 1000
    );
  }

  private async heartbeat(flushMs: number, flush: Deadline): Promise<Task> {
    const share = this.taskNumber.target() ? HEARTBEAT_SHARE : FIRST_NUMBER_SHARE;
    const renew = ({ signal }: Deadline): Promise<void> => this.taskNumber.renew(signal);
    await Deadline.run(this.clock, 'The heartbeat', flushMs * share, renew, flush.signal);
    const target = this.taskNumber.target();
    if (!target) {
      throw new Error('The task number is too old to be surely held.');
    }
    return target;
  }

  /** Brings the values up to date. Callbacks may set metrics that a source reads. */
  private async refresh(flushMs: number, flush: Deadline): Promise<void> {
    await this.callbacks(flushMs, flush);
    const timeoutMs = Math.min(flushMs * SOURCES_SHARE, flush.remainingMs() / 2);
    await this.sources?.read(timeoutMs, flush.signal);
  }

  private async callbacks(flushMs: number, flush: Deadline): Promise<void> {
    const timeoutMs = Math.min(flushMs * CALLBACKS_SHARE, flush.remainingMs() / 2);
    const run = ({ signal }: Deadline): Promise<void> => runCallbacks(this.registry, signal);
    await Deadline.run(this.clock, 'A metrics callback', timeoutMs, run, flush.signal);
  }

  private async send(target: Task, snapshots: Snapshots, signal: AbortSignal): Promise<Delivery> {
    const endTime = this.store.timestamp();
    const gate = (): string | undefined => this.taskNumber.admit(target, endTime);
    const delivery = await this.sender.send(snapshots, { endTime, gate, signal });
    this.leftOver = delivery.unsent;
    this.deliveredSome ||= delivery.accepted > 0;
    return delivery;
  }
}
