import { expect, it } from 'vitest';
import type { AssignmentOptions } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { insertClaims } from './claim-rows.js';
import { describeOnEmulators } from './emulated-datastore.js';
import { keeperOver, leaseState, setUp, type Keeper } from './keepers.js';
import { ServerClockRowStore } from './server-clock-row-store.js';

/** Counts how often it was done. */
class Work {
  times = 0;

  constructor(
    private readonly what = 'the stock',
    private readonly isDone = true,
  ) {}

  get options(): AssignmentOptions {
    return {
      scan: 'when-needed',
      whileHeld: async () => {
        this.times += 1;
        return this.isDone;
      },
      unlessDoneElsewhere: { what: this.what, withinSec: 45 },
    };
  }
}

describeOnEmulators('Work that another process has just done', datastore => {
  const twoKeepers = (): {
    a: Keeper;
    b: Keeper;
    clock: ManualClock;
    setup: ReturnType<typeof setUp>;
  } => {
    const setup = setUp(datastore);
    return { a: setup, b: keeperOver(setup.direct, setup.clock), clock: setup.clock, setup };
  };

  it('H2 is left out for 45 s, and the run says so', async () => {
    const { a, b, clock } = twoKeepers();
    const work = new Work();
    expect(await a.keeper.serveAll(work.options)).not.toHaveProperty('doneElsewhere');
    clock.advance(44_999);
    expect(await b.keeper.serveAll(work.options)).toMatchObject({
      skipped: false,
      doneElsewhere: true,
    });
    expect(work.times).toBe(1);
    clock.advance(1);
    expect(await b.keeper.serveAll(work.options)).not.toHaveProperty('doneElsewhere');
    expect(work.times).toBe(2);
  });

  it('H2 is left out while numbers are assigned all the same', async () => {
    const { a, b, clock, setup } = twoKeepers();
    const work = new Work();
    await a.keeper.serveAll(work.options);
    await insertClaims(setup.direct, clock, ['waiting']);
    expect(await b.keeper.serveAll(work.options)).toMatchObject({
      skipped: false,
      assigned: 1,
      doneElsewhere: true,
    });
    expect(work.times).toBe(1);
  });

  it('H3 costs a lookup and a small query where there is nothing else to do', async () => {
    const { a, b } = twoKeepers();
    const work = new Work();
    await a.keeper.serveAll(work.options);
    await b.keeper.serveAll(work.options);
    expect(b.line.takeCalls()).toEqual(['lookup', 'exists']);
  });

  it('is done again by the same process', async () => {
    const { a, b } = twoKeepers();
    const work = new Work();
    await a.keeper.serveAll(work.options);
    await b.keeper.serveAll(work.options);
    await a.keeper.serveAll(work.options);
    expect(work.times).toBe(2);
  });

  it.each([
    ['failed', new Work('the stock', false)],
    ['was that of another service', new Work('the users')],
  ])('is done if it %s', async (_, first) => {
    const { a, b } = twoKeepers();
    await a.keeper.serveAll(first.options);
    const second = new Work();
    await b.keeper.serveAll(second.options);
    expect([first.times, second.times]).toEqual([1, 1]);
  });

  it('is remembered beside that of other services', async () => {
    const { a, b, clock, setup } = twoKeepers();
    const stock = new Work('the stock');
    const users = new Work('the users');
    await a.keeper.serveAll(stock.options);
    await b.keeper.serveAll(users.options);
    await b.keeper.serveAll(stock.options);
    await a.keeper.serveAll(users.options);
    expect([stock.times, users.times]).toEqual([1, 1]);
    clock.advance(10 * 60_000);
    await a.keeper.serveAll(users.options);
    expect((await leaseState(setup.direct)).workDone.map(({ what }) => what)).toEqual([
      'the users',
    ]);
  });

  it('H3 is told from older work by the clock of the server, whatever those of the processes say', async () => {
    let serverMs = Date.UTC(2026, 0, 1);
    const store = new ServerClockRowStore(datastore.rows(), () => serverMs);
    const [a, b, c] = [0, 600_000, -500_000].map(ms =>
      keeperOver(store, new ManualClock(serverMs + ms)),
    ) as [Keeper, Keeper, Keeper];
    const work = new Work();
    await a.keeper.serveAll(work.options);
    serverMs += 20_000;
    await insertClaims(store, new ManualClock(serverMs + 600_000), ['waiting']);
    // It writes the lease, and with it the times by its own clock.
    expect(await b.keeper.serveAll(work.options)).toMatchObject({ assigned: 1 });
    serverMs += 20_000;
    expect(await c.keeper.serveAll(work.options)).toMatchObject({ doneElsewhere: true });
    serverMs += 6_000;
    expect(await c.keeper.serveAll(work.options)).not.toHaveProperty('doneElsewhere');
    expect(work.times).toBe(2);
  });
});
