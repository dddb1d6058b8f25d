import type { Task } from '../../../lib/targets/task.js';
import { claimKey } from '../../../lib/task-numbers/claim.js';
import {
  timestampMs,
  timestampValue,
  type ProtoProperties,
} from '../../../lib/task-numbers/datastore/proto.js';
import type { Call, Row, RowPath } from '../../../lib/task-numbers/datastore/row-store.js';
import {
  NoTaskNumberError,
  TaskNumAllocator,
  type AssignmentReport,
} from '../../../lib/task-numbers/task-num-allocator.js';
import type { ModelDatastore } from './model-datastore.js';
import type { ProcessOptions } from './model-process.js';
import { ModelRowStore, type Line } from './model-row-store.js';

const call: Call = { purpose: 'as luci-go', deadlineMs: 10_000 };
const REPORT = { skipped: false, targets: 0, instances: 0, assigned: 0, expired: 0, durationMs: 0 };

/**
 * The algorithm of luci-go: a heartbeat is a transaction on one row; housekeeping reads all rows, deletes those
 * that are old, and puts the others as it read them with the smallest unused numbers. Nothing keeps two runs
 * apart.
 */
export class LuciAllocator extends TaskNumAllocator {
  readonly expirationSec: number;
  private readonly store: ModelRowStore;

  constructor(
    private readonly options: ProcessOptions,
    private readonly datastore: ModelDatastore,
    private readonly line: Line,
  ) {
    super();
    this.expirationSec = options.expirationSec;
    this.store = new ModelRowStore(datastore, line);
  }

  async notifyTaskIsAlive(task: Task, instanceId: string): Promise<number> {
    const path: RowPath = [{ kind: 'Instance', name: claimKey(task, instanceId) }];
    const [row] = await this.store.lookup([path], call);
    const taskNum = String(row?.properties.task_num?.integerValue ?? -1);
    const properties: ProtoProperties = {
      target: { stringValue: task.group, excludeFromIndexes: true },
      task_num: { integerValue: taskNum, excludeFromIndexes: true },
      last_updated: timestampValue(this.options.clock.now()),
      expiration_sec: { integerValue: String(this.expirationSec), excludeFromIndexes: true },
    };
    const answer = await this.store.commit(
      [row ? { type: 'update', row, properties } : { type: 'insert', path, properties }],
      call,
    );
    if (!answer.applied) {
      throw new Error('the transaction was aborted');
    }
    if (Number(taskNum) < 0) {
      throw new NoTaskNumberError();
    }
    return Number(taskNum);
  }

  async assignTaskNumbers(): Promise<AssignmentReport> {
    const nowMs = this.options.clock.now();
    const groups = new Map<string, { expired: Row[]; pending: Row[]; used: Set<number> }>();
    for await (const page of this.store.scan({ kind: 'Instance' }, call)) {
      for (const row of page) {
        const { target, task_num, last_updated, expiration_sec } = row.properties;
        const group = target?.stringValue ?? '';
        if (!groups.has(group)) {
          groups.set(group, { expired: [], pending: [], used: new Set() });
        }
        const { expired, pending, used } = groups.get(group)!;
        const ageMs = nowMs - timestampMs(last_updated?.timestampValue ?? {});
        if (ageMs > Number(expiration_sec?.integerValue ?? 1800) * 1000) {
          expired.push(row);
        } else if (Number(task_num?.integerValue) < 0) {
          pending.push(row);
        } else {
          used.add(Number(task_num?.integerValue));
        }
      }
    }
    await Promise.all(
      [...groups.values()].map(async ({ expired, pending, used }) => {
        await this.send('delete', () => expired.forEach(row => this.datastore.remove(row.path)));
        await this.send('put', () => this.putAll(pending, used));
      }),
    );
    return REPORT;
  }

  async release(): Promise<void> {
    await Promise.resolve();
  }

  private putAll(pending: readonly Row[], used: ReadonlySet<number>): void {
    let next = 0;
    for (const row of pending) {
      while (used.has(next)) {
        next++;
      }
      this.datastore.put(row.path, {
        ...row.properties,
        task_num: { integerValue: String(next++), excludeFromIndexes: true },
      });
    }
  }

  private async send(what: string, apply: () => void): Promise<void> {
    await this.line.send({ operation: 'put', call: { ...call, purpose: what }, apply });
  }
}
