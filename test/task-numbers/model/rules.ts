import { nameOf, timestampMs } from '../../../lib/task-numbers/datastore/proto.js';
import type {
  CommitAnswer,
  Row,
  RowPath,
  RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';
import { pathOf, type ModelDatastore } from './model-datastore.js';
import type { ModelProcess } from './model-process.js';
import type { StoredRow } from './model-table.js';
import { OfferLog } from './offer-log.js';

/** What one process has sent under one stream identity since it began its streams, by its own clock. */
interface Stream {
  readonly process: ModelProcess;
  readonly startMs: number;
  endMs: number;
}

const INSTANCE = 'Instance';

/** Watches a world, and notes where one of T1 to T3 is broken. */
export class Rules {
  readonly violations: string[] = [];
  private readonly streams = new Map<string, Stream[]>();
  private readonly offers = new OfferLog(text => this.violations.push(text));

  constructor(
    private readonly datastore: ModelDatastore,
    private readonly log: ((text: string) => void) | undefined,
  ) {}

  /** A process asks for a commit. */
  sent(process: ModelProcess, writes: readonly RowWrite[]): void {
    this.offers.sent(process, writes);
  }

  /** A process learns the answer to a commit. */
  answered(writes: readonly RowWrite[], answer: CommitAnswer): void {
    if (!answer.applied) {
      this.offers.refused(writes);
    }
  }

  /** The server gets a commit. To be called with what does it. */
  applying(process: ModelProcess, writes: readonly RowWrite[], apply: () => void): void {
    const deleted = writes
      .filter(write => write.type === 'delete' && isInstance(pathOf(write)))
      .map(write => this.datastore.stored(pathOf(write)));
    const heartbeats = this.heartbeatsOf(writes);
    apply();
    this.assertNotAged(process, heartbeats);
    for (const row of deleted) {
      if (row && !this.datastore.stored(row.path)) {
        this.assertExpired(process, row);
      }
    }
    this.assertNumbersDiffer(writes);
  }

  /** After every step: each process that may send does so at once. */
  stepEnded(processes: readonly ModelProcess[]): void {
    const holders = new Map<string, ModelProcess>();
    for (const process of processes) {
      if (process.isRunning) {
        process.readClock();
      }
      const target = process.isClaimant ? process.taskNumber.target() : undefined;
      if (target) {
        const identity = `${process.options.group}#${target.taskNum}`;
        const other = holders.get(identity);
        if (other) {
          this.violations.push(`T1: ${other} and ${process} both hold ${identity}`);
        }
        holders.set(identity, process);
        if (!process.frozen && process.sends(target)) {
          this.noteSent(process, identity);
        }
      }
    }
  }

  private noteSent(process: ModelProcess, identity: string): void {
    const endMs = process.latestMs;
    const stream = this.streamOf(process, identity);
    stream.endMs = endMs;
    for (const other of this.streams.get(identity)!) {
      const overlaps = stream.startMs <= other.endMs && other.startMs <= endMs;
      if (other.process !== process && overlaps) {
        this.violations.push(
          `T1 seen from the receiver: under ${identity} ${shown(other)} and ${shown(stream)} overlap`,
        );
      }
    }
  }

  private streamOf(process: ModelProcess, identity: string): Stream {
    let streams = this.streams.get(identity);
    if (!streams) {
      this.streams.set(identity, (streams = []));
    }
    const startMs = process.streamsStartMs;
    let stream = streams.find(one => one.process === process && one.startMs === startMs);
    if (!stream) {
      this.log?.(
        `${process} begins to send as ${identity} from ${new Date(startMs).toISOString()}`,
      );
      streams.push((stream = { process, startMs, endMs: startMs }));
    }
    return stream;
  }

  private assertExpired(process: ModelProcess, row: Row): void {
    if (process.isRunning) {
      process.readClock();
    }
    const ageMs = process.latestMs - lastUpdatedMs(row);
    if (ageMs <= expirationMs(row)) {
      this.violations.push(
        `T3: ${process} deleted the claim ${nameOf(row.path)} of ${expirationMs(row) / 1000} s when its heartbeat was ${ageMs / 1000} s old`,
      );
    }
  }

  /** The rows that a commit is about to change, which their instances have written lately. */
  private heartbeatsOf(writes: readonly RowWrite[]): StoredRow[] {
    return writes.flatMap(write => {
      const row = isInstance(pathOf(write)) ? this.datastore.stored(pathOf(write)) : undefined;
      return row && this.datastore.now() - row.writtenMs < expirationMs(row) / 2 ? [row] : [];
    });
  }

  /** A repair must not make a claim old whose instance is alive. */
  private assertNotAged(process: ModelProcess, heartbeats: readonly StoredRow[]): void {
    for (const before of heartbeats) {
      const after = this.datastore.stored(before.path);
      if (!after || after.properties.released || lastUpdatedMs(after) >= lastUpdatedMs(before)) {
        continue;
      }
      const ageMs = process.latestMs - lastUpdatedMs(after);
      if (ageMs > expirationMs(after)) {
        this.violations.push(
          `T3: ${process} set the heartbeat of the claim ${nameOf(after.path)} back to ${ageMs / 1000} s ago, from where it has expired`,
        );
      }
    }
  }

  /** What T1 rests on: no two rows of a group have the same number. */
  private assertNumbersDiffer(writes: readonly RowWrite[]): void {
    if (writes.some(write => write.type === 'update' && isInstance(pathOf(write)))) {
      this.assertRowsDiffer();
    }
  }

  assertRowsDiffer(): void {
    const holders = new Map<string, Row>();
    for (const row of this.datastore.rows(INSTANCE)) {
      const taskNum = Number(row.properties.task_num?.integerValue);
      const identity = `${row.properties.target?.stringValue}#${taskNum}`;
      const other = holders.get(identity);
      if (taskNum >= 0 && other) {
        this.violations.push(
          `T1: the rows ${nameOf(other.path)} and ${nameOf(row.path)} both hold ${taskNum}`,
        );
      }
      holders.set(identity, row);
    }
  }
}

function lastUpdatedMs({ properties }: Row): number {
  return timestampMs(properties.last_updated?.timestampValue ?? {});
}

function expirationMs({ properties }: Row): number {
  return Number(properties.expiration_sec?.integerValue ?? 1800) * 1000;
}

function isInstance([element]: RowPath): boolean {
  return element?.kind === INSTANCE;
}

function shown({ process, startMs, endMs }: Stream): string {
  return `[${new Date(startMs).toISOString()}, ${new Date(endMs).toISOString()}] of ${process}`;
}
