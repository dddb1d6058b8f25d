import { WAITING } from '../../../lib/task-numbers/claim.js';
import { pathOf, propertiesOf } from '../../../lib/task-numbers/datastore/instance-row.js';
import { nameOf } from '../../../lib/task-numbers/datastore/proto.js';
import type {
  CommitAnswer,
  Row,
  RowPath,
  RowRange,
  RowStore,
  RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';

/** Instances of one target group. */
const GROUP_SIZE = 200;
const EXPIRATION_SEC = 1800;
const PAGE_ROWS = 500;

/**
 * Any number of claims, a third of them waiting, held and expired each, that are made up as they are read: what
 * a run keeps in memory is its own, and so is the time that it takes. Of what is
 * written it keeps the lease alone.
 */
export class GeneratedStore implements RowStore {
  readonly operations = { reads: 0, writes: 0, commits: 0 };
  private readonly others = new Map<string, Row>();
  private lastVersion = 1;

  /** @param onStep called at each page and each commit. */
  constructor(
    private readonly claims: number,
    private readonly onStep: () => void = () => undefined,
  ) {}

  async lookup(paths: readonly RowPath[]): Promise<(Row | undefined)[]> {
    this.operations.reads += paths.length;
    return paths.map(path => this.others.get(nameOf(path)));
  }

  async *scan({ kind }: RowRange): AsyncGenerator<readonly Row[]> {
    const nowMs = Date.now();
    for (let i = 0; i < this.claims; i += PAGE_ROWS) {
      const length = Math.min(PAGE_ROWS, this.claims - i);
      this.operations.reads += length;
      yield Array.from({ length }, (_, j) => this.claim(kind, i + j, nowMs));
      this.onStep();
    }
  }

  async exists(): Promise<boolean> {
    this.operations.reads++;
    return true;
  }

  async commit(writes: readonly RowWrite[]): Promise<CommitAnswer> {
    if (writes.some(write => this.isStale(write))) {
      return { applied: false, reason: 'FAILED_PRECONDITION' };
    }
    this.operations.writes += writes.length;
    this.operations.commits++;
    this.onStep();
    return { applied: true, versions: writes.map(write => this.apply(write)) };
  }

  async close(): Promise<void> {}

  private isStale(write: RowWrite): boolean {
    const known = write.type === 'insert' ? undefined : this.others.get(nameOf(write.row.path));
    return known !== undefined && write.type !== 'insert' && write.row.version !== known.version;
  }

  private apply(write: RowWrite): string {
    const version = String(++this.lastVersion);
    const path = write.type === 'insert' ? write.path : write.row.path;
    if (write.type !== 'delete' && path[0]?.kind !== 'Instance') {
      this.others.set(nameOf(path), { path, properties: write.properties, version });
    }
    return version;
  }

  /** Nothing of it is shared with another, as when it has come over a network. */
  private claim(kind: string, i: number, nowMs: number): Row {
    const group = `europe-west1|my-shop|job-${Math.floor(i / GROUP_SIZE)}|v1`;
    const properties = propertiesOf({
      group,
      taskNum: i % 3 === 0 ? WAITING : i % GROUP_SIZE,
      lastUpdatedMs: nowMs - (i % 3 === 2 ? 2 * EXPIRATION_SEC * 1000 : 1000),
      expirationSec: EXPIRATION_SEC,
    });
    const path = pathOf(`${group}|00c61b117c-${i.toString(36).padStart(8, '0')}-5f2a9c01`);
    return structuredClone({
      path: [{ ...path[0]!, kind }],
      properties,
      version: String(1e15 + i),
    });
  }
}
