import { WAITING } from '../claim.js';
import {
  assignedProperties,
  claimOf,
  repairedProperties,
  type InstanceRow,
} from './instance-row.js';
import type { Lease } from './lease.js';
import type { Row, RowStore, RowWrite } from './row-store.js';

/** A change that a run of housekeeping makes to a claim. */
export type ClaimChange =
  | { readonly type: 'expire'; readonly claim: InstanceRow }
  | { readonly type: 'repair'; readonly claim: InstanceRow; readonly lastUpdatedMs: number }
  | {
      readonly type: 'assign';
      readonly claim: InstanceRow;
      readonly taskNum: number;
      readonly assignedMs: number;
    };

/** The numbers of changes that were applied or left to the next run. */
interface ChangeCounts {
  expire: number;
  repair: number;
  assign: number;
  /** The number of expired claims that their instances had released. */
  released: number;
  left: number;
}

const CHUNK_ROWS = 200;
/** One lost answer may be chance. After two in a row the chunk may be too large. */
const UNANSWERED_BEFORE_HALVING = 2;
/** It takes eight halvings from 200 rows to one. If a single row gets no answer either, there is no point in going on. */
const UNANSWERED_BEFORE_GIVING_UP = 8 * UNANSWERED_BEFORE_HALVING + 1;

/**
 * Writes the changes of one run, in chunks under its lease. A chunk is refused if one of its rows was changed after it was
 * read. It is then halved, down to the changed row, which is left alone: a heartbeat that lands during a run saves its
 * claim. After a commit without an answer the rows are read again, and changes that were not applied are written again,
 * in smaller chunks if that happens often. A number stays with the row that it was offered to.
 */
export class ClaimWriter {
  readonly counts: ChangeCounts = { expire: 0, repair: 0, assign: 0, released: 0, left: 0 };
  private chunkRows = CHUNK_ROWS;
  private unanswered = 0;

  constructor(
    private readonly store: RowStore,
    private readonly lease: Lease,
    private readonly deadlineMs: number,
  ) {}

  get chunkSize(): number {
    return this.chunkRows;
  }

  /** @throws LostLeaseError; any other Error when Datastore does not answer. */
  async write(changes: Iterable<ClaimChange>): Promise<void> {
    let chunk: ClaimChange[] = [];
    for (const change of changes) {
      chunk.push(change);
      if (chunk.length >= this.chunkRows) {
        await this.writeChunk(chunk);
        chunk = [];
      }
    }
    if (chunk.length > 0) {
      await this.writeChunk(chunk);
    }
  }

  private async writeChunk(chunk: readonly ClaimChange[]): Promise<void> {
    let applied: boolean;
    try {
      applied = await this.lease.commit(chunk.map(writeOf), purposeOf(chunk));
    } catch (error) {
      await this.retryAfter(error, chunk);
      return;
    }
    this.unanswered = 0;
    if (applied) {
      chunk.forEach(change => this.count(change));
    } else if (chunk.length === 1) {
      this.counts.left++;
    } else {
      const half = Math.ceil(chunk.length / 2);
      await this.writeChunk(chunk.slice(0, half));
      await this.writeChunk(chunk.slice(half));
    }
  }

  private async retryAfter(error: unknown, chunk: readonly ClaimChange[]): Promise<void> {
    await this.lease.recover(error);
    if (++this.unanswered >= UNANSWERED_BEFORE_GIVING_UP) {
      throw error;
    }
    const missing = await this.notApplied(chunk);
    if (missing.length > 0 && this.unanswered % UNANSWERED_BEFORE_HALVING === 0) {
      // Backends limit the rows and the bytes of a commit differently, so the right size is found by trying.
      this.chunkRows = Math.max(1, Math.floor(chunk.length / 2));
    }
    await this.write(missing);
  }

  /** Reads the rows again, and returns the changes to repeat. No commit of this run is in flight, so the rows are final. */
  private async notApplied(chunk: readonly ClaimChange[]): Promise<ClaimChange[]> {
    const rows = await this.store.lookup(
      chunk.map(({ claim }) => claim.row.path),
      { purpose: 'to read claims again', deadlineMs: this.deadlineMs },
    );
    return chunk.flatMap((change, i) => {
      const row = rows[i];
      const repeated = row && repeatedChange(change, row);
      if (repeated) {
        return [repeated];
      }
      if (isDone(change, row)) {
        this.count(change);
      } else {
        this.counts.left++;
      }
      return [];
    });
  }

  private count({ type, claim }: ClaimChange): void {
    this.counts[type]++;
    if (type === 'expire' && claim.released) {
      this.counts.released++;
    }
  }
}

function writeOf(change: ClaimChange): RowWrite {
  const { row } = change.claim;
  switch (change.type) {
    case 'expire':
      return { type: 'delete', row };
    case 'repair':
      return {
        type: 'update',
        row,
        properties: repairedProperties(change.claim, change.lastUpdatedMs),
      };
    case 'assign':
      return {
        type: 'update',
        row,
        properties: assignedProperties(change.claim, change.taskNum, change.assignedMs),
      };
  }
}

/** Returns the change for the present row if it was not applied; undefined if it was, or is not needed any more. */
function repeatedChange(change: ClaimChange, row: Row): ClaimChange | undefined {
  if (row.version === change.claim.row.version) {
    return change;
  }
  // A heartbeat came in between. It saves a claim that was going to expire; a waiting claim still waits.
  const claim = claimOf(row);
  const waits = claim.taskNum === WAITING && !claim.released;
  return change.type === 'assign' && waits ? { ...change, claim } : undefined;
}

function isDone(change: ClaimChange, row: Row | undefined): boolean {
  switch (change.type) {
    case 'expire':
      return row === undefined;
    case 'repair':
      return row !== undefined;
    case 'assign':
      return row !== undefined && claimOf(row).taskNum === change.taskNum;
  }
}

function purposeOf([first, ...others]: readonly ClaimChange[]): string {
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return `to ${first?.type} the claim "${first?.claim.key}"${more}`;
}
