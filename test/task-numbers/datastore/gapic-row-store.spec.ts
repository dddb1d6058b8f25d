import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { Datastore } from '@google-cloud/datastore';
import { afterEach, describe, expect, it } from 'vitest';
import { GapicRowStore } from '../../../lib/task-numbers/datastore/gapic-row-store.js';
import { pathOf } from '../../../lib/task-numbers/datastore/instance-row.js';
import type { Row, RowStore, RowWrite } from '../../../lib/task-numbers/datastore/row-store.js';
import { TEST_TIMEOUT_MS } from '../allocator-contract.js';
import { allRows, call, describeOnEmulators, rowOf } from './emulated-datastore.js';
import { FreezableProxy } from './freezable-proxy.js';

const properties = (n: number): Row['properties'] => ({
  n: { integerValue: String(n), excludeFromIndexes: true },
});
const insert = (key: string, n = 0): RowWrite => ({
  type: 'insert',
  path: pathOf(key),
  properties: properties(n),
});

async function inserted(store: RowStore, ...keys: string[]): Promise<Row[]> {
  await store.commit(
    keys.map(key => insert(key)),
    call,
  );
  return await allRows(store);
}

function numberOf(row: Row | undefined): number {
  return Number(row?.properties.n?.integerValue);
}

describeOnEmulators('GapicRowStore', datastore => {
  it('a commit gives the versions that later conditions name', async () => {
    const store = datastore.rows();
    const answer = await store.commit([insert('a'), insert('b')], call);
    const rows = await allRows(store);
    expect(answer).toEqual({ applied: true, versions: rows.map(row => row.version) });
    const [a] = rows as [Row];
    const update: RowWrite = { type: 'update', row: a, properties: properties(1) };
    const updated = await store.commit([update], call);
    expect(updated).toMatchObject({ applied: true });
    const again = await rowOf(store, 'a');
    expect(updated).toMatchObject({ versions: [again?.version] });
    expect(again?.version).not.toBe(a.version);
    expect(numberOf(again)).toBe(1);
  });

  it('a write on an old version is refused, be it an update or a delete, also where the row is gone', async () => {
    const store = datastore.rows();
    const [a, b] = (await inserted(store, 'a', 'b')) as [Row, Row];
    const write = (row: Row): RowWrite => ({ type: 'update', row, properties: properties(1) });
    expect(await store.commit([write(a), { type: 'delete', row: b }], call)).toMatchObject({
      applied: true,
    });
    for (const stale of [write(a), write(b), { type: 'delete', row: a } as const]) {
      expect(await store.commit([stale], call)).toMatchObject({
        applied: false,
        reason: expect.stringMatching(/FAILED_PRECONDITION|NOT_FOUND/),
      });
    }
    expect(numberOf(await rowOf(store, 'a'))).toBe(1);
    expect(await rowOf(store, 'b')).toBeUndefined();
  });

  it('an insert of a row that exists is refused', async () => {
    const store = datastore.rows();
    await inserted(store, 'a');
    expect(await store.commit([insert('a', 5)], call)).toEqual({
      applied: false,
      reason: 'ALREADY_EXISTS',
    });
    expect(numberOf(await rowOf(store, 'a'))).toBe(0);
  });

  it('a commit is applied as a whole or not at all', async () => {
    const store = datastore.rows();
    const [a, b] = (await inserted(store, 'a', 'b')) as [Row, Row];
    await store.commit([{ type: 'update', row: b, properties: properties(1) }], call);
    const writes: RowWrite[] = [
      { type: 'update', row: a, properties: properties(2) },
      { type: 'update', row: b, properties: properties(2) },
      insert('c'),
    ];
    for (const order of [writes, writes.toReversed()]) {
      expect(await store.commit(order, call)).toMatchObject({ applied: false });
    }
    expect((await allRows(store)).map(numberOf)).toEqual([0, 1]);
  });

  it('of many writers on one version one is applied, and the others are refused', async () => {
    const store = datastore.rows();
    const [a] = (await inserted(store, 'a')) as [Row];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        store.commit([{ type: 'update', row: a, properties: properties(n + 1) }], call),
      ),
    );
    const winners = answers.flatMap((answer, n) => (answer.applied ? [n + 1] : []));
    expect(winners).toEqual([numberOf(await rowOf(store, 'a'))]);
  });

  it.each([0, 1, 499, 500, 501, 1100])('a scan of %i rows meets each once, by key', async count => {
    const store = datastore.rows();
    const keys = Array.from({ length: count }, (_, i) => `k${String(i).padStart(5, '0')}`);
    if (count > 0) {
      await store.commit(
        keys.map(key => insert(key)),
        call,
      );
    }
    await store.commit(
      [{ ...insert('x'), path: [{ kind: 'Other', name: 'x' }] } as RowWrite],
      call,
    );
    const pages: number[] = [];
    const met: (string | undefined)[] = [];
    for await (const page of store.scan({ kind: 'Instance' }, call)) {
      pages.push(page.length);
      met.push(...page.map(row => row.path[0]?.name));
    }
    expect(met).toEqual(keys);
    expect(Math.max(0, ...pages)).toBeLessThanOrEqual(500);
    expect(pages).not.toContain(0);
  });

  it('a lookup gives rows in the order of the paths, and nothing for those that do not exist', async () => {
    const store = datastore.rows();
    await inserted(store, 'a', 'b', 'c');
    const paths = ['c', 'none', 'a', 'b', 'nil'].map(pathOf);
    const rows = await store.lookup(paths, call);
    expect(rows.map(row => row?.path[0]?.name)).toEqual(['c', undefined, 'a', 'b', undefined]);
    expect(await store.lookup([], call)).toEqual([]);
  });

  it('a lookup says how old a row is by the clock of the server, where that tells times', async () => {
    const store = datastore.rows();
    await inserted(store, 'a');
    const { ageMs, readMs } = (await rowOf(store, 'a'))!;
    if (datastore.kind === 'firestore') {
      expect(ageMs).toBeGreaterThanOrEqual(0);
      expect(ageMs).toBeLessThan(60_000);
      expect(Math.abs(Date.now() - readMs!)).toBeLessThan(60_000);
    } else {
      expect([ageMs, readMs]).toEqual([undefined, undefined]);
    }
  });

  it('a scan of a prefix meets what begins with it, and nothing else', async () => {
    const store = datastore.rows();
    await inserted(store, 'g', 'g|a', 'g|b|c', 'g||', 'g}', 'ga|a', 'f|a', 'g|\u{1F600}');
    const met: (string | undefined)[] = [];
    for await (const page of store.scan({ kind: 'Instance', namePrefix: 'g|' }, call)) {
      met.push(...page.map(row => row.path[0]?.name));
    }
    expect(met.toSorted()).toEqual(['g|a', 'g|b|c', 'g||', 'g|\u{1F600}'].toSorted());
  });

  it('exists() finds rows by an indexed integer of at least a value, and no others', async () => {
    const store = datastore.rows();
    const exists = (atLeast: number): Promise<boolean> =>
      store.exists({ kind: 'Instance', property: 'n', atLeast }, call);
    await inserted(store, 'unindexed');
    expect(await exists(-1)).toBe(false);
    const indexed = { n: { integerValue: '-1', excludeFromIndexes: false } };
    await store.commit([{ type: 'insert', path: pathOf('a'), properties: indexed }], call);
    expect(await exists(-1)).toBe(true);
    expect(await exists(0)).toBe(false);
    const row = (await rowOf(store, 'a'))!;
    await store.commit([{ type: 'update', row, properties: properties(-1) }], call);
    expect(await exists(-1)).toBe(false);
  });

  it('an invalid request is an error that says what it was for', async () => {
    const store = datastore.rows('not a namespace!');
    await expect(store.lookup([pathOf('a')], call)).rejects.toThrow(
      /^Datastore failed to test: .*INVALID_ARGUMENT/,
    );
    await expect(store.commit([insert('a')], call)).rejects.toThrow(/Datastore failed to test/);
  });

  it('a connection that is dead after a freeze is replaced after three calls without an answer', async () => {
    const proxy = await FreezableProxy.to(datastore.host);
    try {
      const store = datastore.closing(
        new GapicRowStore(async () => datastore.client({ apiEndpoint: proxy.host }), 'ns'),
      );
      const lookup = (deadlineMs: number): Promise<unknown> =>
        store.lookup([pathOf('a')], { purpose: 'to test', deadlineMs });
      expect(await lookup(20_000)).toEqual([undefined]);
      proxy.freezeConnections();
      for (let i = 0; i < 3; i++) {
        await expect(lookup(300)).rejects.toThrow(/took longer|exceeded/i);
      }
      expect(await lookup(20_000)).toEqual([undefined]);
    } finally {
      await proxy.close();
    }
  });
});

describe('GapicRowStore without a backend', { timeout: TEST_TIMEOUT_MS }, () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) {
      socket.destroy();
    }
    await Promise.all(servers.splice(0).map(server => new Promise(done => server.close(done))));
  });

  /** Accepts connections, and never says a word. */
  async function silentHost(): Promise<string> {
    const server = createServer(socket => sockets.push(socket.on('error', () => undefined)));
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function storeAt(apiEndpoint: string): GapicRowStore {
    return new GapicRowStore(async () => new Datastore({ projectId: 'p', apiEndpoint }), 'ns');
  }

  const short = { purpose: 'to test', deadlineMs: 300 };

  it('our own deadline ends each call to a backend that never answers', async () => {
    const store = storeAt(await silentHost());
    const row: Row = { path: pathOf('a'), properties: {}, version: '1' };
    await expect(store.lookup([pathOf('a')], short)).rejects.toThrow(/^Datastore failed to test: /);
    await expect(allRowsOf(store)).rejects.toThrow(/^Datastore failed to test: /);
    await expect(store.commit([insert('a')], short)).rejects.toThrow(/^Datastore failed to test: /);
    await expect(store.commit([{ type: 'delete', row }], short)).rejects.toThrow(/failed to test/);
    await store.close();
  });

  it('a backend that is not there is an error, not a refusal', async () => {
    const host = await silentHost();
    const server = servers.pop();
    await new Promise(done => server?.close(done));
    const store = storeAt(host);
    await expect(store.commit([insert('a')], short)).rejects.toThrow(/^Datastore failed to test: /);
    await store.close();
  });

  it('a project that cannot be found out is an error of the call, and is asked for again', async () => {
    let asked = 0;
    const client = new Datastore({ projectId: 'p', apiEndpoint: await silentHost() });
    const store = new GapicRowStore(
      async () => ({
        options: client.options,
        auth: client.auth,
        getProjectId: () => Promise.reject(new Error(`no project, try ${++asked}`)),
      }),
      'ns',
    );
    await expect(store.lookup([pathOf('a')], short)).rejects.toThrow('no project, try 1');
    await expect(store.lookup([pathOf('a')], short)).rejects.toThrow('no project, try 2');
    await store.close();
  });

  it('credentials that are missing are an error of the call, and no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const store = new GapicRowStore(
      async () => new Datastore({ projectId: 'p', keyFilename: '/does/not/exist.json' }),
      'ns',
    );
    const long = { purpose: 'to test', deadlineMs: 20_000 };
    await expect(store.lookup([pathOf('a')], long)).rejects.toThrow(
      /Datastore failed to test: .*ENOENT/s,
    );
    await expect(store.commit([insert('a')], long)).rejects.toThrow(/ENOENT/);
    await new Promise(resolve => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    await store.close();
  });

  async function allRowsOf(store: RowStore): Promise<void> {
    for await (const page of store.scan({ kind: 'Instance' }, short)) {
      expect(page).toEqual([]);
    }
  }
});
