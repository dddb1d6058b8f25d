import type { MetricCells } from './metric-cells.js';
import type { CellSnapshot } from './snapshot.js';

interface UnknownSend {
  readonly send: object;
  readonly snapshot: CellSnapshot;
}

/** The cells of one call of a monitor. */
type SentChunk = readonly CellSnapshot[];

/**
 * What became of the sends of the present streams. One whose outcome is unknown does no harm while its streams
 * go on: a later send of the same cells carries sums that contain it. Where they end before one was accepted,
 * its increments are carried over, and perhaps arrive twice.
 */
export class SendLedger {
  private readonly underWay = new Set<SentChunk>();
  /** The last send of unknown outcome of each cell, by table and row, until a later send is accepted. */
  private readonly unknown = new Map<MetricCells, Map<number, UnknownSend>>();

  /** A chunk is handed to a monitor. */
  begin(chunk: SentChunk): void {
    this.underWay.add(chunk);
  }

  /**
   * A monitor has answered which cells of the chunk it accepted, and which it does not know about. All others were not
   * written. Changes nothing where the streams have ended since.
   */
  answered(chunk: SentChunk, accepted: SentChunk, unknown: SentChunk): void {
    if (!this.underWay.delete(chunk)) {
      return;
    }
    for (const snapshot of accepted) {
      snapshot.accept();
      if (this.unknown.size > 0) {
        this.unknown.get(snapshot.cells)?.delete(snapshot.row);
      }
    }
    // A cell that was not written keeps an earlier unknown send: a refusal now says nothing about that one.
    this.remember(unknown);
  }

  /** No answer came: the outcome is unknown for every cell of the chunk. */
  unanswered(chunk: SentChunk): void {
    this.answered(chunk, [], chunk);
  }

  /**
   * All streams end, and with them all that was known of their sends.
   *
   * @returns how many sends of unknown outcome are carried over. Of several that carried the same cells only the
   * last counts: it contains the others.
   */
  endStreams(): number {
    for (const chunk of this.underWay) {
      this.remember(chunk);
    }
    const carriedOver = new Set<object>();
    for (const sends of this.unknown.values()) {
      for (const { send, snapshot } of sends.values()) {
        if (snapshot.isPresent) {
          carriedOver.add(send);
        }
      }
    }
    this.forget();
    return carriedOver.size;
  }

  forget(): void {
    this.underWay.clear();
    this.unknown.clear();
  }

  private remember(chunk: SentChunk): void {
    const send = {};
    for (const snapshot of chunk) {
      if (snapshot.hasNews) {
        const ofTable = this.unknown.get(snapshot.cells) ?? new Map<number, UnknownSend>();
        this.unknown.set(snapshot.cells, ofTable.set(snapshot.row, { send, snapshot }));
      }
    }
  }
}
