import { nameOf, type ProtoProperties } from '../../../lib/task-numbers/datastore/proto.js';
import type {
  Call,
  CommitAnswer,
  IndexedRows,
  Row,
  RowPath,
  RowRange,
  RowStore,
  RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';
import { canonical } from './model-datastore.js';

/** One row as both stores gave it, at the same point of the same sequence. */
export interface TwinRow {
  readonly path: RowPath;
  readonly model: Row;
  readonly real: Row;
}

export type TwinWrite =
  | { readonly type: 'insert'; readonly path: RowPath; readonly properties: ProtoProperties }
  | { readonly type: 'update'; readonly row: TwinRow; readonly properties: ProtoProperties }
  | { readonly type: 'delete'; readonly row: TwinRow };

const call: Call = { purpose: 'to compare', deadlineMs: 20_000 };

/**
 * Asks a model and a real store the same, and complains where their answers differ. Versions may have other
 * names, but one of the model must always stand for the same real one.
 */
export class TwinStores {
  private readonly realVersions = new Map<string, string>();
  private readonly modelVersions = new Map<string, string>();

  constructor(
    private readonly model: RowStore,
    private readonly real: RowStore,
  ) {}

  async lookup(paths: readonly RowPath[]): Promise<TwinRow[]> {
    const model = await this.model.lookup(paths, call);
    const real = await this.real.lookup(paths, call);
    agree('which rows exist', model.map(Boolean), real.map(Boolean));
    return model.flatMap((row, i) => (row ? [this.twin(row, real[i]!)] : []));
  }

  async scan(range: RowRange): Promise<TwinRow[]> {
    const model = await allOf(this.model, range);
    const real = await allOf(this.real, range);
    agree('the rows of a scan', model.map(keyOf), real.map(keyOf));
    return model.map((row, i) => this.twin(row, real[i]!));
  }

  async exists(rows: IndexedRows): Promise<boolean> {
    const model = await this.model.exists(rows, call);
    agree(`whether ${JSON.stringify(rows)} exists`, model, await this.real.exists(rows, call));
    return model;
  }

  /** @returns what both said: `applied`, the reason of the refusal, or `error`. */
  async commit(writes: readonly TwinWrite[]): Promise<string> {
    const model = await answerOf(
      this.model,
      writes.map(write => sideOf(write, 'model')),
    );
    const real = await answerOf(
      this.real,
      writes.map(write => sideOf(write, 'real')),
    );
    const verdict = verdictOf(model);
    agree('the answer to a commit', verdict, verdictOf(real));
    if (!(model instanceof Error) && !(real instanceof Error) && model.applied && real.applied) {
      agree('the number of versions', model.versions.length, real.versions.length);
      for (const [i, write] of writes.entries()) {
        if (write.type !== 'delete') {
          this.pair(pathOf(write), model.versions[i]!, real.versions[i]!);
        }
      }
    }
    return verdict;
  }

  private twin(model: Row, real: Row): TwinRow {
    agree('the key of a row', keyOf(model), keyOf(real));
    agree('whether the age is told', model.ageMs === undefined, real.ageMs === undefined);
    agree(`the properties of ${keyOf(model)}`, textOf(model.properties), textOf(real.properties));
    this.pair(model.path, model.version, real.version);
    return { path: model.path, model, real };
  }

  private pair(path: RowPath, model: string, real: string): void {
    const key = `${path[0]?.kind}/${nameOf(path)}`;
    const [modelKey, realKey] = [`${key} at ${model}`, `${key} at ${real}`];
    agree(`the version of ${key}`, this.realVersions.get(modelKey) ?? realKey, realKey);
    agree(`the version of ${key}`, modelKey, this.modelVersions.get(realKey) ?? modelKey);
    this.realVersions.set(modelKey, realKey);
    this.modelVersions.set(realKey, modelKey);
  }
}

/** The path of the row that a write changes. */
export function pathOf(write: TwinWrite): RowPath {
  return write.type === 'insert' ? write.path : write.row.path;
}

function agree(what: string, model: unknown, real: unknown): void {
  if (JSON.stringify(model) !== JSON.stringify(real)) {
    throw new Error(
      `${what}: the model says ${JSON.stringify(model)}, the emulator ${JSON.stringify(real)}`,
    );
  }
}

function sideOf(write: TwinWrite, side: 'model' | 'real'): RowWrite {
  return write.type === 'insert' ? write : { ...write, row: write.row[side] };
}

async function answerOf(
  store: RowStore,
  writes: readonly RowWrite[],
): Promise<CommitAnswer | Error> {
  try {
    return await store.commit(writes, call);
  } catch (error) {
    return error as Error;
  }
}

function verdictOf(answer: CommitAnswer | Error): string {
  if (answer instanceof Error) {
    return /INVALID_ARGUMENT/.exec(answer.message)?.[0] ?? answer.message;
  }
  return answer.applied ? 'applied' : answer.reason;
}

async function allOf(store: RowStore, range: RowRange): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of store.scan(range, call)) {
    rows.push(...page);
  }
  return rows;
}

function keyOf(row: Row): string {
  return `${row.path[0]?.kind}/${nameOf(row.path)}`;
}

function textOf(properties: ProtoProperties): string[] {
  return Object.keys(properties)
    .sort()
    .map(name => `${name}: ${canonical(properties[name]!)}`);
}
