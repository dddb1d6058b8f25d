import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SendResult } from '../../lib/monitors/monitor.js';
import type { Cell } from '../../lib/store/cell.js';
import { SeededRandom } from '../support/seeded-random.js';
import { ACCEPT, countOf, QUIET_SEC, Receiver, setUp } from './quiet-cells.js';

const unavailable = (): Promise<never> => Promise.reject(new Error('UNAVAILABLE'));
const ROUTES = ['a', 'b', 'c', 'd'];

beforeEach(() => {
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});

describe('F12 a cumulative distribution that has not changed', () => {
  it('is sent again before quietSec is exceeded, and not with each flush', async () => {
    const { first, latency, flush } = setUp();
    latency.add(1, { route: 'a' });
    for (let i = 0; i < 9; i++) {
      await flush();
    }
    expect(first.calls).toHaveLength(3);
    expect(first.longestGapSec).toBe(QUIET_SEC);
  });

  it('is sent with the next flush when it changes, alone', async () => {
    const { first, latency, flush } = setUp();
    latency.add(1, { route: 'a' });
    latency.add(1, { route: 'b' });
    await flush();
    latency.add(2, { route: 'b' });
    await flush();
    expect(first.calls).toEqual([['latency a', 'latency b'], ['latency b']]);
    expect(first.total('latency b')).toBe(2);
  });

  it('is left out, while counters and gauges are sent each time', async () => {
    const { first, latency, hits, flush } = setUp();
    latency.add(1, { route: 'a' });
    hits.add(1);
    await flush();
    await flush();
    expect(first.calls[1]).toEqual(['hits']);
  });

  it('is sent each time with quietSec 0', async () => {
    const { first, latency, flush, settings } = setUp();
    settings.quietSec = 0;
    latency.add(1, { route: 'a' });
    await flush();
    await flush();
    expect(first.calls).toEqual([['latency a'], ['latency a']]);
  });

  it('is sent each time to a monitor that wants every point', async () => {
    const first = new Receiver(true);
    const { latency, flush } = setUp({ first });
    latency.add(1, { route: 'a' });
    await flush();
    await flush();
    expect(first.calls).toEqual([['latency a'], ['latency a']]);
  });

  it('F7 is sent when a new stream begins, with all others', async () => {
    const { first, latency, flush, changeNumber } = setUp();
    latency.add(1, { route: 'a' });
    latency.add(1, { route: 'b' });
    await flush();
    await changeNumber();
    expect(first.calls[1]).toEqual(['latency a', 'latency b']);
    await flush();
    expect(first.calls).toHaveLength(2);
  });

  it('F3 is sent again while no answer says that it was accepted', async () => {
    const { first, latency, flush } = setUp();
    latency.add(1, { route: 'a' });
    await flush();
    latency.add(1, { route: 'a' });
    first.answer = unavailable;
    await flush();
    first.answer = ACCEPT;
    await flush();
    await flush();
    expect(first.calls).toEqual([['latency a'], ['latency a'], ['latency a']]);
  });

  it('is not sent any more once it was deleted, and is new after that', async () => {
    const { first, latency, flush } = setUp();
    latency.add(1, { route: 'a' });
    await flush();
    latency.delete({ route: 'a' });
    latency.add(1, { route: 'a' });
    await flush();
    expect(first.calls).toEqual([['latency a'], ['latency a']]);
  });

  it('is sent by the larger of wall and monotonic time: a clock that was set back delays nothing', async () => {
    const { clock, first, latency, flush } = setUp();
    latency.add(1, { route: 'a' });
    await flush();
    clock.jump(-3_600_000);
    for (let i = 0; i < 4; i++) {
      await flush();
    }
    expect(first.calls).toHaveLength(2);
  });
});

describe('F12 of several monitors', () => {
  it('one that failed gets every cell when it is back', async () => {
    const second = new Receiver();
    const { first, latency, flush } = setUp({ others: [second] });
    latency.add(1, { route: 'a' });
    second.answer = unavailable;
    await flush();
    second.answer = ACCEPT;
    latency.add(1, { route: 'b' });
    await flush();
    await flush();
    expect(first.calls).toEqual([['latency a'], ['latency b']]);
    expect(second.calls).toEqual([['latency a'], ['latency a', 'latency b']]);
  });

  it('one that wants every point gets it, also beside one that does not', async () => {
    const second = new Receiver(true);
    const { first, latency, flush } = setUp({ others: [second] });
    latency.add(1, { route: 'a' });
    await flush();
    await flush();
    expect(first.calls).toEqual([['latency a']]);
    expect(second.calls).toEqual([['latency a'], ['latency a']]);
  });

  it('one that failed together with the first is not content with what the first lacked', async () => {
    const second = new Receiver();
    const { first, latency, flush } = setUp({ others: [second] });
    latency.add(1, { route: 'a' });
    latency.add(1, { route: 'b' });
    second.answer = unavailable;
    first.answer = cells => rejectingSome(cells, cell => cell.fieldValues[0] === 'b');
    await flush();
    first.answer = second.answer = ACCEPT;
    await flush(10);
    expect(first.calls[1]).toEqual(['latency b']);
    expect(second.total('latency a')).toBe(1);
  });
});

describe('F12 whatever is recorded, refused and lost', () => {
  it('each sample arrives exactly once at each monitor', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = new SeededRandom(seed);
      const others = [new Receiver(), new Receiver(true)];
      const { first, latency, flush, changeNumber } = setUp({ others });
      const losesNumbers = seed % 2 === 0;
      for (const receiver of [first, ...others]) {
        receiver.answer = cells => randomAnswer(random, cells);
      }
      for (let step = 0; step < 40; step++) {
        await random.oneOf([
          async () => latency.add(1, { route: random.oneOf(ROUTES) }),
          () => flush(random.oneOf([5, 20, 60, 60, 60, 200])),
          () => (losesNumbers && random.below(4) === 0 ? changeNumber() : flush()),
        ])();
      }
      for (const receiver of [first, ...others]) {
        receiver.answer = ACCEPT;
      }
      await flush(600);
      await flush(600);
      const recorded = ROUTES.map(route => countOf(latency.get({ route })));
      // After a change of the number the first monitor decides what is sent again.
      for (const receiver of losesNumbers ? [first] : [first, ...others]) {
        const arrived = ROUTES.map(route => receiver.total(`latency ${route}`));
        expect([seed, ...arrived]).toEqual([seed, ...recorded]);
      }
    }
  }, 60_000);
});

function rejectingSome(cells: readonly Cell[], which: (cell: Cell) => boolean): SendResult {
  return {
    rejected: Array.from(cells.entries())
      .filter(([, cell]) => which(cell))
      .map(([index]) => ({ index, reason: 'later', outcome: 'retry' })),
  };
}

function randomAnswer(random: SeededRandom, cells: readonly Cell[]): SendResult {
  return random.below(3) > 0 ? ACCEPT() : rejectingSome(cells, () => random.below(2) === 0);
}
