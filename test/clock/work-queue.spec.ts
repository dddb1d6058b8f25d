import { describe, expect, it } from 'vitest';
import { WorkQueue } from '../../lib/clock/work-queue.js';
import { settle } from '../support/settle.js';

const never = new AbortController().signal;

/** Work that ends when it is told to, and notes when it begins and ends. */
function workIn(order: string[], name: string) {
  let end = (): void => {};
  const ended = new Promise<void>(resolve => {
    end = resolve;
  });
  const work = async (): Promise<string> => {
    order.push(`${name} begins`);
    await ended;
    order.push(`${name} ends`);
    return name;
  };
  return { work, end };
}

describe('WorkQueue', () => {
  it('begin work synchronously if nothing runs, and else one after the other', async () => {
    const order: string[] = [];
    const queue = new WorkQueue();
    const [a, b, c] = ['a', 'b', 'c'].map(name => workIn(order, name)) as [Work, Work, Work];
    const taken = [a, b, c].map(({ work }) => queue.run(work));
    expect(order).toEqual(['a begins']);
    expect(queue.isBusy).toBe(true);
    [c, b, a].forEach(({ end }) => end());
    expect(await Promise.all(taken)).toEqual(['a', 'b', 'c']);
    expect(order).toEqual(['a', 'b', 'c'].flatMap(name => [`${name} begins`, `${name} ends`]));
    expect(queue.isBusy).toBe(false);
  });

  it('give the next turn to work that must not wait for the others', async () => {
    const order: string[] = [];
    const queue = new WorkQueue();
    const first = workIn(order, 'first');
    const all = [
      queue.run(first.work),
      queue.run(() => order.push('waits')),
      queue.runNext(() => order.push('next')),
    ];
    first.end();
    await Promise.all(all);
    expect(order.slice(2)).toEqual(['next', 'waits']);
  });

  it('go on after work that failed, at once or later', async () => {
    const queue = new WorkQueue();
    const fail = (): never => {
      throw new Error('at once');
    };
    const results = await Promise.allSettled([
      queue.run(fail),
      queue.run(() => Promise.reject(new Error('later'))),
      queue.run(() => 'fine'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('are idle when all work handed over so far has ended', async () => {
    const order: string[] = [];
    const queue = new WorkQueue();
    const { work, end } = workIn(order, 'a');
    const taken = queue.run(work);
    const idle = queue.idle().then(() => order.push('idle'));
    end();
    await Promise.all([taken, idle]);
    expect(order).toEqual(['a begins', 'a ends', 'idle']);
  });

  it.each(Array.from({ length: 12 }, (_, ticks) => ticks))(
    'lose no turn to a signal that is aborted %i ticks after the work before has ended',
    async ticks => {
      const queue = new WorkQueue();
      const first = workIn([], 'first');
      const ran = queue.run(first.work);
      const controller = new AbortController();
      const outcome = queue
        .run(() => 'ran', controller.signal)
        .catch((error: Error) => error.message);
      await settle();
      first.end();
      for (let tick = 0; tick < ticks; tick++) {
        await undefined;
      }
      controller.abort(new Error('aborted'));
      expect(['ran', 'aborted']).toContain(await outcome);
      await ran;
      expect(await mostAtOnce(queue, 2)).toBe(1);
    },
  );

  it('run no more work at a time than their limit', async () => {
    expect(await mostAtOnce(new WorkQueue(3), 10)).toBe(3);
  });
});

type Work = ReturnType<typeof workIn>;

async function mostAtOnce(queue: WorkQueue, count: number): Promise<number> {
  let running = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await settle();
    running -= 1;
  };
  await Promise.all(Array.from({ length: count }, () => queue.run(work, never)));
  return most;
}
