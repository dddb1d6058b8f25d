import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GapicRowStore } from '../../../lib/task-numbers/datastore/gapic-row-store.js';
import { pathOf } from '../../../lib/task-numbers/datastore/instance-row.js';
import type { ProtoQueryReply } from '../../../lib/task-numbers/datastore/proto.js';
import {
  BrokenConditionError,
  type RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';
import { allRows, call } from './emulated-datastore.js';
import { FakeGapicClient } from './fake-gapic-client.js';
import { found, grpcError, keyOf, row, update } from './gapic-replies.js';

const made = vi.hoisted(() => ({ client: undefined as unknown }));

vi.mock('@google-cloud/datastore', () => ({
  v1: {
    // Called with `new`: what a function returns is what is made.
    DatastoreClient: function () {
      return made.client;
    },
  },
}));

describe('GapicRowStore', () => {
  let fake: FakeGapicClient;
  let store: GapicRowStore;

  beforeEach(() => {
    made.client = fake = new FakeGapicClient();
    store = storeOf({});
  });

  afterEach(async () => {
    await store.close();
  });

  function storeOf(options: object): GapicRowStore {
    const datastore = { options, auth: {}, getProjectId: () => Promise.resolve('p') };
    return new GapicRowStore(async () => datastore, 'ns');
  }

  describe('a lookup that the server puts off in part', () => {
    it('is asked again for what is missing, and gives the rows in their order', async () => {
      fake.lookupReplies = [
        { found: [found('c'), found('a')], deferred: [keyOf('b'), keyOf('none')] },
        { found: [], deferred: [keyOf('b')] },
        { found: [found('b')] },
      ];
      const rows = await store.lookup(['a', 'none', 'b', 'c'].map(pathOf), call);
      expect(rows.map(one => one?.path[0]?.name)).toEqual(['a', undefined, 'b', 'c']);
      expect(fake.lookups.map(({ keys }) => keys.map(key => key.path[0]?.name))).toEqual([
        ['a', 'none', 'b', 'c'],
        ['b', 'none'],
        ['b'],
      ]);
    });

    it('T1 is an error when it is put off for ever: a row that was not read is not one that does not exist', async () => {
      fake.lookupReplies = [{ found: [], deferred: [keyOf('a')] }];
      await expect(store.lookup([pathOf('a')], call)).rejects.toThrow(
        'Datastore failed to test: the server keeps deferring the lookup',
      );
      expect(fake.lookups).toHaveLength(5);
    });
  });

  it('the age of a row is by the clock of the server, and unknown where it tells one time only', async () => {
    const at = (seconds: number): { seconds: string; nanos: number } => ({
      seconds: String(seconds),
      nanos: 500_000_000,
    });
    fake.lookupReplies = [
      { found: [{ ...found('a'), updateTime: at(1_000) }], readTime: at(1_015) },
      { found: [found('a')], readTime: at(1_015) },
      { found: [{ ...found('a'), updateTime: at(1_000) }], readTime: null },
    ];
    const ages = [];
    for (let i = 0; i < 3; i++) {
      ages.push((await store.lookup([pathOf('a')], call))[0]?.ageMs);
    }
    expect(ages).toEqual([15_000, undefined, undefined]);
  });

  describe('a commit', () => {
    it('T1 is one transaction of its own, and each change names its version', async () => {
      store = storeOf({ databaseId: 'db' });
      fake.commitReplies = [{ mutationResults: [{ version: 7 }, { version: '8' }, {}] }];
      const writes: RowWrite[] = [
        update('a', '5'),
        { type: 'insert', path: pathOf('b'), properties: {} },
        { type: 'delete', row: row('c', '6') },
      ];
      const answer = await store.commit(writes, call);
      expect(answer).toMatchObject({ applied: true });
      expect(answer.applied && answer.versions.slice(0, 2)).toEqual(['7', '8']);
      const key = (name: string): object => ({
        partitionId: { projectId: 'p', databaseId: 'db', namespaceId: 'ns' },
        path: pathOf(name),
      });
      expect(fake.commits).toEqual([
        {
          projectId: 'p',
          databaseId: 'db',
          mode: 'TRANSACTIONAL',
          singleUseTransaction: { readWrite: {} },
          mutations: [
            {
              update: { key: key('a'), properties: {} },
              baseVersion: '5',
              conflictResolutionStrategy: 'FAIL',
            },
            { insert: { key: key('b'), properties: {} } },
            { delete: key('c'), baseVersion: '6', conflictResolutionStrategy: 'FAIL' },
          ],
        },
      ]);
    });

    it.each([
      ['the first', [{ conflictDetected: true, version: '9' }, { version: '9' }]],
      ['the last', [{ version: '9' }, { conflictDetected: true, version: '9' }]],
    ])('T1 that is OK but reports a conflict in %s is a lost fence', async (_, mutationResults) => {
      fake.commitReplies = [{ mutationResults }];
      await expect(store.commit([update('a'), update('b')], call)).rejects.toThrow(
        BrokenConditionError,
      );
    });

    it.each([
      ['none', []],
      ['null', null],
      ['no list', undefined],
      ['fewer', [{ version: '2' }]],
      ['more', [{ version: '2' }, { version: '3' }, { version: '4' }]],
    ])('T1 whose reply has %s of the results is no success', async (_, mutationResults) => {
      fake.commitReplies = [{ mutationResults }];
      await expect(store.commit([update('a'), update('b')], call)).rejects.toThrow(
        BrokenConditionError,
      );
    });

    it.each([
      [5, 'NOT_FOUND'],
      [6, 'ALREADY_EXISTS'],
      [9, 'FAILED_PRECONDITION'],
      [10, 'ABORTED'],
    ])('T2 code %i means that it was definitely refused', async (code, reason) => {
      fake.commitReplies = [grpcError(code)];
      expect(await store.commit([update('a')], call)).toEqual({ applied: false, reason });
    });

    it.each([
      [1, 'CANCELLED'],
      [2, 'UNKNOWN'],
      [3, 'INVALID_ARGUMENT: The referenced transaction has expired or is no longer valid.'],
      [4, 'DEADLINE_EXCEEDED'],
      [7, 'PERMISSION_DENIED'],
      [8, 'RESOURCE_EXHAUSTED'],
      [11, 'OUT_OF_RANGE'],
      [13, 'INTERNAL'],
      [14, 'UNAVAILABLE'],
      [15, 'DATA_LOSS'],
      [16, 'UNAUTHENTICATED'],
    ])('T2 any other failure (%i %s) means: perhaps applied', async (code, message) => {
      fake.commitReplies = [grpcError(code, message)];
      const commit = store.commit([update('a')], call);
      await expect(commit).rejects.toThrow(`Datastore failed to test: ${code} ${message}`);
      await expect(commit).rejects.not.toBeInstanceOf(BrokenConditionError);
    });
  });

  describe('a scan', () => {
    const page = (
      names: string[],
      moreResults: string,
      endCursor?: Uint8Array | string | null,
    ): ProtoQueryReply => ({
      batch: { entityResults: names.map(name => found(name)), endCursor, moreResults },
    });
    const bytes = (...values: number[]): Buffer => Buffer.from(values);

    async function namesMet(): Promise<(string | undefined)[]> {
      return (await allRows(store)).map(one => one.path[0]?.name);
    }

    it('goes on from the cursor of each page, and ends when the server says so', async () => {
      fake.queryReplies = [
        page(['a'], 'MORE_RESULTS_AFTER_LIMIT', bytes(1)),
        page(['b'], 'NOT_FINISHED', bytes(2)),
        page(['c'], 'NO_MORE_RESULTS', bytes(3)),
      ];
      expect(await namesMet()).toEqual(['a', 'b', 'c']);
      const cursors = fake.queries.map(({ query }) => query.startCursor);
      expect(cursors).toEqual([undefined, bytes(1), bytes(2)]);
    });

    it('goes on past an empty page that is not the last, and ends at one that is', async () => {
      fake.queryReplies = [
        page([], 'NOT_FINISHED', bytes(1)),
        page(['a'], 'MORE_RESULTS_AFTER_LIMIT', bytes(2)),
        page([], 'MORE_RESULTS_AFTER_LIMIT', bytes(2)),
      ];
      expect(await namesMet()).toEqual(['a']);
      expect(fake.queries).toHaveLength(3);
    });

    it.each([
      ['repeats', bytes(1, 2), bytes(1, 2)],
      ['repeats as text', 'abc', 'abc'],
      ['is empty', bytes(1), bytes()],
      ['is missing', bytes(1), undefined],
      ['is null', bytes(1), null],
    ])('T1 whose cursor %s is an error, neither the end nor endless', async (_, first, second) => {
      fake.queryReplies = [
        page(['a'], 'MORE_RESULTS_AFTER_LIMIT', first),
        page(['b'], 'MORE_RESULTS_AFTER_LIMIT', second),
      ];
      await expect(namesMet()).rejects.toThrow(
        /a page of results promises more, but has no cursor for the next page/,
      );
      expect(fake.queries).toHaveLength(2);
    });

    it('takes cursors for what their bytes are, not for text', async () => {
      fake.queryReplies = [
        page(['a'], 'MORE_RESULTS_AFTER_LIMIT', bytes(0x80)),
        page(['b'], 'MORE_RESULTS_AFTER_LIMIT', bytes(0x81)),
        page(['c'], 'NO_MORE_RESULTS', bytes(0x82)),
      ];
      expect(await namesMet()).toEqual(['a', 'b', 'c']);
    });

    it('T1 that fails at a later page is an error', async () => {
      fake.queryReplies = [
        page(['a'], 'MORE_RESULTS_AFTER_LIMIT', bytes(1)),
        grpcError(13, 'INTERNAL'),
      ];
      await expect(namesMet()).rejects.toThrow('Datastore failed to test: 13 INTERNAL');
    });

    it('of an answer without a batch ends', async () => {
      fake.queryReplies = [{ batch: null }];
      expect(await namesMet()).toEqual([]);
    });
  });

  it('exists() asks for one key, and an empty answer means no', async () => {
    fake.queryReplies = [{ batch: { entityResults: null } }, { batch: null }, {}];
    const rows = { kind: 'Instance', property: 'task_num', atLeast: -1 };
    for (let i = 0; i < 3; i++) {
      expect(await store.exists(rows, call)).toBe(false);
    }
    fake.queryReplies = [{ batch: { entityResults: [found('a')] } }];
    expect(await store.exists(rows, call)).toBe(true);
    expect(fake.queries[0]?.query).toMatchObject({
      limit: { value: 1 },
      projection: [{ property: { name: '__key__' } }],
    });
  });

  describe('its connection', () => {
    const commit = (): Promise<unknown> => store.commit([update('a')], call).catch(() => undefined);

    it.each([4, 14])('is replaced after three failures of code %i in a row', async code => {
      fake.commitReplies = [grpcError(code)];
      await commit();
      await commit();
      expect([fake.clients, fake.closed]).toEqual([1, 0]);
      await commit();
      await commit();
      expect([fake.clients, fake.closed]).toEqual([2, 1]);
    });

    it('stays where answers came in between, refusals too', async () => {
      const silence = grpcError(14);
      fake.commitReplies = [
        silence,
        silence,
        grpcError(9),
        silence,
        silence,
        { mutationResults: [{ version: '2' }] },
        silence,
        silence,
        grpcError(3),
      ];
      for (let i = 0; i < 9; i++) {
        await commit();
      }
      expect([fake.clients, fake.closed]).toEqual([1, 0]);
    });
  });
});
