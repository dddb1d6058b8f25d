import type { Clock } from '../clock/clock.js';
import { abortable, Deadline } from '../clock/deadline.js';
import { log, nameOf, printable } from '../log.js';
import type { InMemoryStore } from '../store/in-memory-store.js';
import type { MetricSource, SourceMetric } from './metric-source.js';
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
  read(timeoutMs: number, giveUp?: AbortSignal): Promise<void> {
    return this.readAll((source, soft, hard) => source.read(soft, hard), timeoutMs, giveUp);
  }

  /** Reads all sources as {@link read}, but what they have counted since the last time is never sent. */
  skip(timeoutMs: number): Promise<void> {
    return this.readAll((source, soft, hard) => source.skip(soft, hard), timeoutMs);
  }

  private async readAll(
    read: (source: ReadSource, soft: AbortSignal, hard: AbortSignal) => Promise<void>,
    timeoutMs: number,
    giveUp?: AbortSignal,
  ): Promise<void> {
    if (this.sources.length === 0 || !this.store.recording) {
      return;
    }
    const run = (
      limitMs: number,
      parent: AbortSignal | undefined,
      work: (signal: AbortSignal) => Promise<void>,
    ): Promise<void> =>
      Deadline.run(this.clock, 'Reading metrics', limitMs, ({ signal }) => work(signal), parent);
    await run(timeoutMs, giveUp, hard =>
      run(timeoutMs * SOFT_SHARE, hard, async soft => {
        await Promise.all(this.sources.map(source => read(source, soft, hard)));
      }),
    );
    giveUp?.throwIfAborted();
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

  read(soft: AbortSignal, hard: AbortSignal): Promise<void> {
    return this.readTo(metrics => this.cells.write(metrics), soft, hard);
  }

  skip(soft: AbortSignal, hard: AbortSignal): Promise<void> {
    return this.readTo(metrics => this.cells.skip(metrics), soft, hard);
  }

  private async readTo(
    write: (metrics: readonly SourceMetric[]) => void,
    soft: AbortSignal,
    hard: AbortSignal,
  ): Promise<void> {
    try {
      write(await abortable(this.source.read(soft), hard));
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
