import { expect, it } from 'vitest';
import type { ProtoProperties } from '../../../lib/task-numbers/datastore/proto.js';
import type { RowPath } from '../../../lib/task-numbers/datastore/row-store.js';
import type { EmulatorKind } from '../../support/emulators.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { describeOnEmulators, type EmulatedDatastore } from '../datastore/emulated-datastore.js';
import { ModelDatastore, type ConcurrencyMode } from './model-datastore.js';
import { ModelRowStore } from './model-row-store.js';
import { pathOf, TwinStores, type TwinRow, type TwinWrite } from './twin-stores.js';

const SEQUENCES = 15;
const OPERATIONS = 50;

const MODES: Record<EmulatorKind, ConcurrencyMode> = {
  firestore: 'pessimistic',
  datastore: 'optimistic',
  'datastore-entity-groups': 'entity-groups',
};

const NAMES = ['a|b|c|d|1', 'a|b|c|d|2', 'a|b|c|d', 'a|b|c|e|1', 'a', 'b', 'é', '𝒳'];
const PREFIXES = ['a|b|c|d|', 'a|b|c|', 'a', 'b', 'é', '𝒳', 'nobody'];

const KINDS = Object.keys(MODES) as EmulatorKind[];

function suite(datastore: EmulatedDatastore): void {
  const mode = MODES[datastore.kind];

  it('to random sequences of operations', async () => {
    const met = new Map<string, number>();
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      const namespace = `sequence-${seed}`;
      const model = new ModelRowStore(new ModelDatastore({ mode, pageRows: 3 }));
      const sequence = new Sequence(new TwinStores(model, datastore.rows(namespace)), seed, met);
      for (let i = 0; i < OPERATIONS; i++) {
        await sequence.step().catch((error: unknown) => {
          throw new Error(`seed ${seed}, operation ${i}: ${String(error)}`, { cause: error });
        });
      }
    }
    const reasons = ['applied', 'ALREADY_EXISTS', 'FAILED_PRECONDITION'];
    for (const answer of [...reasons, 'true', 'false', 'many rows']) {
      expect(met.get(answer), `sequences met: ${answer}`).toBeGreaterThan(5);
    }
  });

  it('to a commit of 26 rows', async () => {
    const model = new ModelRowStore(new ModelDatastore({ mode }));
    const twins = new TwinStores(model, datastore.rows());
    const rows = (count: number, prefix: string): TwinWrite[] =>
      Array.from({ length: count }, (_, i) => ({
        type: 'insert',
        path: [{ kind: 'Instance', name: `${prefix}${i}` }],
        properties: {},
      }));
    expect(await twins.commit(rows(25, 'x'))).toBe('applied');
    const isPlain = mode === 'entity-groups';
    expect(await twins.commit(rows(26, 'y'))).toBe(isPlain ? 'INVALID_ARGUMENT' : 'applied');
    expect(await twins.scan({ kind: 'Instance' })).toHaveLength(isPlain ? 25 : 51);
  });
}

describeOnEmulators('the model answers as Datastore', suite, KINDS);

/** The same random operations on both stores. */
class Sequence {
  private readonly random: SeededRandom;
  /** Rows as they were read at some time: most are stale. */
  private readonly known: TwinRow[] = [];

  constructor(
    private readonly twins: TwinStores,
    seed: number,
    private readonly met: Map<string, number>,
  ) {
    this.random = new SeededRandom(seed);
  }

  async step(): Promise<void> {
    const { random, twins } = this;
    const what = random.next();
    if (what < 0.6) {
      this.note(await twins.commit(this.writes()));
    } else if (what < 0.75) {
      this.known.unshift(...(await twins.lookup(this.someOf(4, () => this.path()))));
    } else if (what < 0.9) {
      const namePrefix = random.next() < 0.5 ? random.oneOf(PREFIXES) : undefined;
      const rows = await twins.scan({ kind: this.kind(), namePrefix });
      this.known.unshift(...rows);
      this.note(rows.length > 3 ? 'many rows' : 'few rows');
    } else {
      const atLeast = random.oneOf([-1, 0, 5, 6]);
      this.note(String(await twins.exists({ kind: this.kind(), property: 'task_num', atLeast })));
    }
  }

  private writes(): TwinWrite[] {
    const writes = this.someOf(this.random.next() < 0.5 ? 1 : 4, () => this.write());
    const paths = new Map(writes.map(write => [JSON.stringify(pathOf(write)), write]));
    return [...paths.values()];
  }

  private write(): TwinWrite {
    const { random } = this;
    // The latest ones are more likely to be still as they were.
    const row = this.known[random.below(Math.min(this.known.length, random.oneOf([3, 20])))];
    if (!row || random.next() < 0.3) {
      return { type: 'insert', path: this.path(), properties: this.properties() };
    }
    if (random.next() < 0.3) {
      return { type: 'delete', row };
    }
    const isSame = random.next() < 0.3;
    return { type: 'update', row, properties: isSame ? row.model.properties : this.properties() };
  }

  private properties(): ProtoProperties {
    const { random } = this;
    const excludeFromIndexes = random.next() < 0.5;
    return {
      task_num: { integerValue: random.oneOf(['-1', '0', '5']), excludeFromIndexes },
      ...(random.next() < 0.5 && {
        last_updated: {
          timestampValue: { seconds: 1_790_000_000 + random.below(2), nanos: 5_000_000 },
          excludeFromIndexes: true,
        },
        target: { stringValue: 'a|b|c|d', excludeFromIndexes: true },
        held: { booleanValue: random.next() < 0.5, excludeFromIndexes: true },
      }),
    };
  }

  private path(): RowPath {
    return [{ kind: this.kind(), name: this.random.oneOf(NAMES) }];
  }

  private kind(): string {
    return this.random.next() < 0.85 ? 'Instance' : 'Other';
  }

  private someOf<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + this.random.below(most) }, make);
  }

  private note(answer: string): void {
    this.met.set(answer, (this.met.get(answer) ?? 0) + 1);
  }
}
