import type { CellSnapshot } from './snapshot.js';
import type { StoredCell } from './stored-cell.js';

/** The cells of one call of a monitor. */
export type SentChunk = readonly CellSnapshot[];

/**
 * What became of the sends of the present streams. One whose outcome is unknown does no harm while its streams
 * go on: a later send of the same cells carries sums that contain it. Where they end before one was accepted,
 * its increments are carried over, and perhaps arrive twice.
 */
export class SendLedger {
  private readonly underWay = new Set<SentChunk>();
  /** Of each cell the last send of unknown outcome, until a later one is accepted. Removed cells drop out. */
  private unknown = new WeakMap<StoredCell, object>();
  private hasUnknown = false;

  /** A chunk is handed to a monitor. */
  begin(chunk: SentChunk): void {
    this.underWay.add(chunk);
  }

  /** A monitor has answered, and accepted some of it. That comes to nothing where the streams have ended since. */
  answered(chunk: SentChunk, accepted: SentChunk): void {
    if (!this.underWay.delete(chunk)) {
      return;
    }
    for (const snapshot of accepted) {
      snapshot.accept();
      if (this.hasUnknown) {
        this.unknown.delete(snapshot.stored);
      }
    }
  }

  /** No answer came that says what was accepted. */
  unanswered(chunk: SentChunk): void {
    if (this.underWay.delete(chunk)) {
      this.remember(chunk);
    }
  }

  /**
   * The streams of these cells end, and with them all that was known of their sends.
   *
   * @returns how many sends of unknown outcome are carried over. Of several that carried the same cells only the
   * last counts: it contains the others.
   */
  endStreams(cells: Iterable<StoredCell>): number {
    for (const chunk of this.underWay) {
      this.remember(chunk);
    }
    const carriedOver = new Set<object>();
    for (const cell of this.hasUnknown ? cells : []) {
      const send = this.unknown.get(cell);
      if (send) {
        carriedOver.add(send);
      }
    }
    this.forget();
    return carriedOver.size;
  }

  forget(): void {
    this.underWay.clear();
    this.unknown = new WeakMap();
    this.hasUnknown = false;
  }

  private remember(chunk: SentChunk): void {
    const send = {};
    for (const snapshot of chunk) {
      if (snapshot.hasNews) {
        this.unknown.set(snapshot.stored, send);
        this.hasUnknown = true;
      }
    }
  }
}
