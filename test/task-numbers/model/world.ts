import { nameOf, timestampMs, type ProtoValue } from '../../../lib/task-numbers/datastore/proto.js';
import type { CommitAnswer, Row, RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import type {
  AssignmentOptions,
  TaskNumAllocator,
} from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { Message } from './message.js';
import { ModelDatastore, type ModelDatastoreOptions } from './model-datastore.js';
import {
  ModelProcess,
  REAL_PARTS,
  type Freeze,
  type ProcessOptions,
  type ProcessParts,
} from './model-process.js';
import { ModelRowStore, type Line, type ModelRequest } from './model-row-store.js';
import { Rules } from './rules.js';

const START_MS = Date.UTC(2026, 0, 1);

/** What a test may replace by something worse, to see whether the rules notice. */
export interface Mutation {
  readonly onConflict?: ModelDatastoreOptions['onConflict'];
  readonly storeOf?: (store: RowStore, options: { expirationSec: number }) => RowStore;
  readonly parts?: Partial<Omit<ProcessParts, 'allocatorOf'>> & {
    readonly allocatorOf?: (
      options: ProcessOptions,
      datastore: ModelDatastore,
      line: Line,
    ) => TaskNumAllocator;
  };
}

export interface WorldOptions extends Pick<ModelDatastoreOptions, 'mode' | 'pageRows'> {
  readonly seed: number;
  readonly mutation?: Mutation;
  /** Called with a line for each step. */
  readonly log?: (text: string) => void;
}

/**
 * Some processes, one Datastore, and what is on its way between them. Nothing moves by itself: each method is
 * one step, and the caller says which comes next.
 */
export class World {
  readonly processes: ModelProcess[] = [];
  readonly messages: Message<ModelProcess>[] = [];
  /** Commits that were just sent, for whoever wants to do something about them. */
  readonly freshCommits: Message<ModelProcess>[] = [];
  readonly rules: Rules;
  readonly datastore: ModelDatastore;
  nowMs = 0;
  readonly log: ((text: string) => void) | undefined;

  constructor(private readonly options: WorldOptions) {
    const { mode, pageRows, mutation, log } = options;
    this.log = log;
    this.datastore = new ModelDatastore({
      mode,
      pageRows,
      nowMs: () => START_MS + this.nowMs,
      onConflict: mutation?.onConflict,
    });
    this.rules = new Rules(this.datastore, log);
  }

  get serverNowMs(): number {
    return START_MS + this.nowMs;
  }

  start(
    options: Pick<ProcessOptions, 'group' | 'skewMs' | 'expirationSec' | 'selfAssign'>,
  ): ModelProcess {
    const { seed, mutation } = this.options;
    const count = this.processes.length;
    const random = new SeededRandom(seed ^ (count << 24));
    const id = `${random.oneOf(['a', 'b', 'c', 'd'])}${count}`;
    const line: Line = { send: request => this.send(process, request) };
    const rows = new ModelRowStore(this.datastore, line);
    const processOptions: ProcessOptions = {
      ...options,
      id,
      clock: new ManualClock(START_MS + this.nowMs + options.skewMs),
      store: mutation?.storeOf?.(rows, options) ?? rows,
      random: () => random.next(),
    };
    const { parts } = mutation ?? {};
    const process = new ModelProcess(processOptions, {
      ...REAL_PARTS,
      ...parts,
      allocatorOf: one =>
        parts?.allocatorOf?.(one, this.datastore, line) ?? REAL_PARTS.allocatorOf(one),
    });
    this.processes.push(process);
    this.log?.(
      `${process} starts: group ${options.group}, expiry ${options.expirationSec} s, clock ${signed(options.skewMs)}${options.selfAssign ? ', selfAssign' : ''}`,
    );
    return process;
  }

  renew(process: ModelProcess): void {
    this.log?.(`${process} renews`);
    process.renew();
  }

  renewAbortably(process: ModelProcess): void {
    this.log?.(`${process} renews within a flush`);
    process.renewAbortably();
  }

  assign(process: ModelProcess, options: AssignmentOptions): void {
    this.log?.(`${process} starts housekeeping ${JSON.stringify(options)}`);
    process.assign(options);
  }

  release(process: ModelProcess): void {
    this.log?.(`${process} releases`);
    process.release();
  }

  abort(process: ModelProcess): void {
    this.log?.(`${process} gives up its renewal`);
    process.abort();
  }

  crash(process: ModelProcess): void {
    this.log?.(`${process} crashes`);
    process.isCrashed = true;
  }

  freeze(process: ModelProcess, freeze: Freeze): void {
    this.log?.(`${process} is frozen, its monotonic ${freeze}`);
    process.frozen = { freeze, sinceMs: this.nowMs };
  }

  thaw(process: ModelProcess): void {
    const { frozen } = process;
    this.log?.(`${process} is thawed`);
    process.frozen = undefined;
    if (frozen?.freeze === 'clock goes on') {
      const frozenMs = this.nowMs - frozen.sinceMs;
      process.clock.jump(-frozenMs);
      process.clock.advance(frozenMs);
    }
  }

  /** The clock of a process is set. */
  setClock(process: ModelProcess, skewMs: number): void {
    this.log?.(`${process} sets its clock from ${signed(process.skewMs)} to ${signed(skewMs)}`);
    process.clock.jump(skewMs - process.skewMs);
    process.skewMs = skewMs;
  }

  /** Time passes for all. */
  advance(ms: number): void {
    this.nowMs += ms;
    for (const process of this.processes) {
      if (process.frozen) {
        process.clock.jump(ms);
      } else if (!process.isCrashed) {
        process.clock.advance(ms);
      }
    }
  }

  /** The server does what a message asks; its answer stays on the way. */
  apply(message: Message<ModelProcess>): void {
    const { from, request } = message;
    const apply = (): void => {
      const outcome = message.apply();
      this.log?.(`the server does ${message} of ${from}: ${shownOutcome(outcome)}`);
    };
    if (request.writes) {
      this.rules.applying(from, request.writes, apply);
    } else {
      apply();
    }
  }

  /** The answer arrives. */
  reply(message: Message<ModelProcess>): void {
    if (message.from.isRunning && message.isAwaited) {
      this.log?.(`${message.from} gets the answer to ${message}`);
      message.reply();
    }
  }

  fail(message: Message<ModelProcess>, why: string): void {
    if (message.from.isRunning && message.isAwaited) {
      this.log?.(`${message.from} gets an error for ${message}: ${why}`);
      message.fail(why);
    }
  }

  drop(message: Message<ModelProcess>): void {
    this.log?.(`${message} of ${message.from} is lost`);
    const index = this.messages.indexOf(message);
    this.messages[index] = this.messages.at(-1)!;
    this.messages.pop();
  }

  stall(message: Message<ModelProcess>): void {
    this.log?.(`${message} of ${message.from} lies somewhere`);
    message.isStalled = true;
  }

  duplicate(message: Message<ModelProcess>): void {
    this.log?.(`${message} of ${message.from} is sent twice`);
    this.messages.push(message.copy());
  }

  private send<T>(from: ModelProcess, request: ModelRequest<T>): Promise<T> {
    if (request.writes) {
      this.rules.sent(from, request.writes);
    }
    return new Promise<T>((resolve, reject) => {
      const message = new Message<ModelProcess>(from, request, {
        resolve: value => {
          cancel();
          if (request.writes) {
            this.rules.answered(request.writes, value as CommitAnswer);
          }
          resolve(value as T);
        },
        reject: error => {
          cancel();
          reject(error);
        },
      });
      const { deadlineMs } = request.call;
      const cancel = from.clock.after(deadlineMs, () => message.fail('deadline'));
      this.messages.push(message);
      if (request.writes) {
        this.freshCommits.push(message);
      }
    });
  }
}

function signed(ms: number): string {
  return `${ms < 0 ? '' : '+'}${ms / 1000} s`;
}

function shownOutcome(outcome: { readonly value: unknown } | { readonly error: Error }): string {
  return 'error' in outcome ? String(outcome.error) : JSON.stringify(outcome.value, shownRow);
}

/** A row in few words. */
function shownRow(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('properties' in value)) {
    return value;
  }
  const { path, properties, version } = value as Row;
  const { task_num, last_updated, assigned_at, run_id, step, held } = properties;
  const time = (one: ProtoValue | undefined): string | undefined =>
    one && new Date(timestampMs(one.timestampValue ?? {})).toISOString().slice(11);
  return Object.entries({
    row: nameOf(path),
    version,
    number: task_num?.integerValue,
    heartbeat: time(last_updated),
    assigned: time(assigned_at),
    run: run_id?.stringValue,
    step: step?.integerValue,
    held: held?.booleanValue,
  })
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `${name} ${text}`)
    .join(', ');
}
