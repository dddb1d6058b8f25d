import { nameOf, type ProtoProperties } from '../../../lib/task-numbers/datastore/proto.js';
import type { RowWrite } from '../../../lib/task-numbers/datastore/row-store.js';
import type { ModelProcess } from './model-process.js';

interface Offer {
  readonly key: string;
  /** Commits that carry it and were not definitely refused. */
  open: number;
}

interface Run {
  readonly offers: Map<string, Offer[]>;
  readonly freed: Set<string>;
}

/**
 * What each run of housekeeping has offered and freed, for T2: a number once offered goes to no other row of
 * that run unless that commit was definitely refused, and one that was freed is not given out at all.
 */
export class OfferLog {
  private readonly runs = new Map<string, Run>();
  private readonly carried = new WeakMap<readonly RowWrite[], Offer[]>();

  constructor(private readonly complain: (text: string) => void) {}

  sent(process: ModelProcess, writes: readonly RowWrite[]): void {
    const runId = runIdOf(writes);
    if (runId === undefined) {
      return;
    }
    const run = this.runOf(runId);
    const offers: Offer[] = [];
    for (const write of writes) {
      const identity = write.type === 'insert' ? undefined : numberBefore(write);
      if (write.type === 'delete' && identity !== undefined) {
        run.freed.add(identity);
      }
      const offered = numberGiven(write);
      if (offered !== undefined) {
        offers.push(this.offer(process, run, offered, write));
      }
    }
    this.carried.set(writes, offers);
  }

  refused(writes: readonly RowWrite[]): void {
    for (const offer of this.carried.get(writes) ?? []) {
      offer.open--;
    }
  }

  private offer(process: ModelProcess, run: Run, identity: string, write: RowWrite): Offer {
    const key = nameOf(write.type === 'insert' ? write.path : write.row.path);
    if (run.freed.has(identity)) {
      this.complain(`T2: ${process} gave ${identity} to ${key}, which the same run had freed`);
    }
    const offers = run.offers.get(identity) ?? [];
    run.offers.set(identity, offers);
    const other = offers.find(one => one.key !== key && one.open > 0);
    if (other) {
      this.complain(
        `T2: ${process} offered ${identity} to ${key}, which the same run had offered to ${other.key}`,
      );
    }
    let offer = offers.find(one => one.key === key);
    if (!offer) {
      offers.push((offer = { key, open: 0 }));
    }
    offer.open++;
    return offer;
  }

  private runOf(runId: string): Run {
    let run = this.runs.get(runId);
    if (!run) {
      this.runs.set(runId, (run = { offers: new Map(), freed: new Set() }));
    }
    return run;
  }
}

function runIdOf(writes: readonly RowWrite[]): string | undefined {
  for (const write of writes) {
    if (write.type === 'update' && write.row.path[0]?.kind === 'HousekeepingLease') {
      return write.properties.run_id?.stringValue;
    }
  }
  return undefined;
}

/** The number that a row of an instance had when it was read, with its group. */
function numberBefore({ row }: Exclude<RowWrite, { type: 'insert' }>): string | undefined {
  return row.path[0]?.kind === 'Instance' ? identityOf(row.properties) : undefined;
}

/** The number that a write gives to a row which had another, or none. */
function numberGiven(write: RowWrite): string | undefined {
  if (write.type !== 'update' || write.row.path[0]?.kind !== 'Instance') {
    return undefined;
  }
  const identity = identityOf(write.properties);
  return identity === numberBefore(write) ? undefined : identity;
}

function identityOf(properties: ProtoProperties): string | undefined {
  const taskNum = Number(properties.task_num?.integerValue ?? -1);
  return taskNum < 0 ? undefined : `${properties.target?.stringValue}#${taskNum}`;
}
