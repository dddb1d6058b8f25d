import type { Clock } from '../clock/clock.js';
import { abortable, Deadline } from '../clock/deadline.js';
import { log, nameOf, printable } from '../log.js';
import type { InMemoryStore } from '../store/in-memory-store.js';
import type { MetricSource } from './metric-source.js';
import { SourceCells } from './source-cells.js';

/** The share of the time after which sources are told to end. The rest is for them to hand over what they have read. */
const SOFT_SHARE = 0.8;

/**
 * The cells of each store, by the name of the source. They outlive an application: when it is started again, it must not send
 * again what was accepted before.
 */
const cellsOfStores = new WeakMap<InMemoryStore, Map<string, SourceCells>>();

/** Reads the sources of an application into cells. */
export class SourceReader {
  private readonly sources: readonly ReadSource[];

  constructor(
    sources: readonly MetricSource[],
    private readonly store: InMemoryStore,
    private readonly clock: Clock,
  ) {
    const kept = cellsOfStores.get(store) ?? new Map<string, SourceCells>();
    cellsOfStores.set(store, kept);
    const names = uniqueNames(sources);
    for (const [name, cells] of kept) {
      if (!names.includes(name)) {
        cells.clear();
        kept.delete(name);
      }
    }
    this.sources = sources.map((source, i) => {
      const name = names[i]!;
      const cells = kept.get(name) ?? new SourceCells(name, store);
      kept.set(name, cells);
      return new ReadSource(source, name, cells);
    });
  }

  /** The names of the sources. No two are the same. */
  get names(): readonly string[] {
    return this.sources.map(({ name }) => name);
  }

  /**
   * Reads all sources at once. A source that fails or takes too long is logged, and its cells keep their last values. Never
   * rejects, unless `giveUp` is aborted.
   */
  async read(timeoutMs: number, giveUp?: AbortSignal): Promise<void> {
    if (this.sources.length === 0 || !this.store.recording) {
      return;
    }
    const read = (hard: Deadline): Promise<void> =>
      Deadline.run(
        this.clock,
        'Reading metrics',
        timeoutMs * SOFT_SHARE,
        soft => this.readAll(soft.signal, hard.signal),
        hard.signal,
      );
    await Deadline.run(this.clock, 'Reading metrics', timeoutMs, read, giveUp);
    giveUp?.throwIfAborted();
  }

  private async readAll(soft: AbortSignal, hard: AbortSignal): Promise<void> {
    await Promise.all(this.sources.map(source => source.read(soft, hard)));
  }
}

/** A source and its cells. */
class ReadSource {
  private hasFailed = false;

  constructor(
    private readonly source: MetricSource,
    readonly name: string,
    private readonly cells: SourceCells,
  ) {}

  async read(soft: AbortSignal, hard: AbortSignal): Promise<void> {
    try {
      this.cells.write(await abortable(this.source.read(soft), hard));
      this.hasFailed = false;
    } catch (error) {
      this.logOnce(error);
    }
  }

  /** Logs the first failure in a row: the next flushes would repeat it. */
  private logOnce(error: unknown): void {
    if (!this.hasFailed) {
      this.hasFailed = true;
      log.error(
        `Source "${printable(this.name)}" could not be read. Its last values are sent until it can be read again.`,
        error,
      );
    }
  }
}

/** Adds a number to a name that an earlier source has. */
function uniqueNames(sources: readonly MetricSource[]): string[] {
  const names: string[] = [];
  for (const source of sources) {
    const stem = nameOf(source);
    let name = stem;
    for (let number = 2; names.includes(name); number++) {
      name = `${stem} ${number}`;
    }
    names.push(name);
  }
  return names;
}
