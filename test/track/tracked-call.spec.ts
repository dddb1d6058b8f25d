import { Readable } from 'node:stream';
import { firstValueFrom, lastValueFrom, of, Subject, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { TrackMetric } from '../../lib/track/track-metric.decorator.js';
import { Registry } from '../../lib/metrics/registry.js';
import { calls } from '../http/server/cells.js';

/** The method of a class that is tracked as `m`. */
function tracked<M extends (...args: never[]) => unknown>(
  method: M,
): { run: M; registry: Registry } {
  const registry = new Registry();
  class Tracked {
    @TrackMetric('m', { registry })
    run(...args: never[]): unknown {
      return method.apply(this, args);
    }
  }
  return { run: new Tracked().run as M, registry };
}

describe('@TrackMetric()', () => {
  describe('returns and throws what the method does', () => {
    it('at once', () => {
      const { run, registry } = tracked((a: number, b: number) => a + b);
      expect(run(1, 2)).toBe(3);
      expect(calls(registry)).toEqual(['m/count ok: 1']);
    });

    it('an error, unchanged', () => {
      const error = new Error('own');
      const { run, registry } = tracked(() => {
        throw error;
      });
      expect(run).toThrow(error);
      expect(calls(registry)).toEqual(['m/count error: 1']);
    });

    it('a promise, when it settles', async () => {
      let settle = (_value: string): void => {};
      const { run, registry } = tracked(() => new Promise<string>(resolve => (settle = resolve)));
      const promise = run();
      expect(calls(registry)).toEqual([]);
      settle('done');
      expect(await promise).toBe('done');
      expect(calls(registry)).toEqual(['m/count ok: 1']);
    });

    it('a rejection, unchanged and even where it is no Error', async () => {
      const { run, registry } = tracked(() => Promise.reject(undefined));
      await expect(run()).rejects.toBe(undefined);
      expect(calls(registry)).toEqual(['m/count error: 1']);
    });

    it('a query that runs when it is awaited, and runs it once', async () => {
      let runs = 0;
      const query = {
        sql: 'select',
        // oxlint-disable-next-line unicorn/no-thenable
        then(resolve: (value: string) => void): void {
          runs += 1;
          resolve('rows');
        },
      };
      const { run, registry } = tracked(() => query);
      const returned = run();
      expect(returned).toBe(query);
      expect([runs, calls(registry)]).toEqual([0, []]);
      expect(await returned).toBe('rows');
      expect([runs, calls(registry)]).toEqual([1, ['m/count ok: 1']]);
    });

    it('a query that fails when it is awaited', async () => {
      const error = new Error('deadlock');
      const { run, registry } = tracked(() => ({
        // oxlint-disable-next-line unicorn/no-thenable
        then: (_resolve: unknown, reject: (error: unknown) => void) => reject(error),
      }));
      await expect(Promise.resolve(run())).rejects.toBe(error);
      expect(calls(registry)).toEqual(['m/count error: 1']);
    });

    it('an Observable, counted at each subscription', async () => {
      const { run, registry } = tracked(() => of(1, 2, 3));
      const observable = run();
      expect(calls(registry)).toEqual([]);
      expect(await lastValueFrom(observable.pipe(toArray()))).toEqual([1, 2, 3]);
      expect(await lastValueFrom(observable)).toBe(3);
      expect(calls(registry)).toEqual(['m/count ok: 2']);
    });

    it('an Observable that fails', async () => {
      const error = new Error('own');
      const { run, registry } = tracked(() => throwError(() => error));
      await expect(lastValueFrom(run())).rejects.toBe(error);
      expect(calls(registry)).toEqual(['m/count error: 1']);
    });

    it('an Observable that is given up, which is no error, and unsubscribes from it', async () => {
      const subject = new Subject<number>();
      const { run, registry } = tracked(() => subject.asObservable());
      const first = firstValueFrom(run());
      subject.next(7);
      expect(await first).toBe(7);
      expect(subject.observed).toBe(false);
      expect(calls(registry)).toEqual(['m/count ok: 1']);
    });

    it('a promise of an Observable', async () => {
      const { run, registry } = tracked(async () => of(1));
      const observable = await run();
      expect(calls(registry)).toEqual([]);
      expect(await lastValueFrom(observable)).toBe(1);
      expect(calls(registry)).toEqual(['m/count ok: 1']);
    });

    it('an async generator, when it has ended', async () => {
      const { run, registry } = tracked(async function* numbers() {
        const got: unknown = yield 1;
        yield got;
      });
      const generator = run();
      expect(await generator.next()).toEqual({ done: false, value: 1 });
      expect(await generator.next('sent' as never)).toEqual({ done: false, value: 'sent' });
      expect(calls(registry)).toEqual([]);
      expect(await generator.next()).toEqual({ done: true, value: undefined });
      expect(calls(registry)).toEqual(['m/count ok: 1']);
      await generator.next();
      expect(calls(registry)).toEqual(['m/count ok: 1']);
    });

    it('an async generator that a loop leaves, or that fails', async () => {
      let cleaned = false;
      const { run, registry } = tracked(async function* numbers(fail: boolean) {
        try {
          yield 1;
          if (fail) {
            throw new Error('own');
          }
          yield 2;
        } finally {
          cleaned = true;
        }
      });
      for await (const number of run(false)) {
        expect(number).toBe(1);
        break;
      }
      expect(cleaned).toBe(true);
      expect(calls(registry)).toEqual(['m/count ok: 1']);
      await expect(async () => {
        for await (const _ of run(true)) {
          // read on
        }
      }).rejects.toThrow('own');
      expect(calls(registry)).toEqual(['m/count error: 1', 'm/count ok: 1']);
    });

    it('an async iterable, counted at each iteration though it is returned again', async () => {
      const iterable = {
        async *[Symbol.asyncIterator]() {
          yield 1;
        },
      };
      const { run, registry } = tracked(() => iterable);
      for (let i = 1; i <= 2; i++) {
        expect(run()).toBe(iterable);
        for await (const number of run()) {
          expect(number).toBe(1);
        }
        expect(calls(registry)).toEqual([`m/count ok: ${i}`]);
      }
    });

    it('a Node stream, when it is closed, however it is read', async () => {
      const { run, registry } = tracked(() => Readable.from(['a', 'b']));
      const stream = run();
      expect(stream).toBeInstanceOf(Readable);
      const text: string[] = [];
      stream.on('data', chunk => text.push(String(chunk)));
      expect(calls(registry)).toEqual([]);
      await new Promise(resolve => stream.once('close', resolve));
      expect(text).toEqual(['a', 'b']);
      expect(calls(registry)).toEqual(['m/count ok: 1']);
    });

    it('a Node stream that fails', async () => {
      const { run, registry } = tracked(() => new Readable({ read() {} }));
      const stream = run().on('error', () => {});
      stream.destroy(new Error('disk'));
      await new Promise(resolve => stream.once('close', resolve));
      expect(calls(registry)).toEqual(['m/count error: 1']);
    });

    it('values that look alike but are none of these', () => {
      for (const value of [null, undefined, 0, '', { next: 1 }, () => {}, Object.freeze({})]) {
        const { run, registry } = tracked(() => value);
        expect(run()).toBe(value);
        expect(calls(registry)).toEqual(['m/count ok: 1']);
      }
    });
  });

  it('leaves a rejection that nobody handles to be noticed', async () => {
    const { run } = tracked(() => Promise.reject(new Error('lost')));
    const unhandled = new Promise(resolve => process.once('unhandledRejection', resolve));
    const listeners = process.listeners('unhandledRejection').slice(0, -1);
    listeners.forEach(listener => process.off('unhandledRejection', listener));
    void run();
    expect(await unhandled).toEqual(new Error('lost'));
    listeners.forEach(listener => process.on('unhandledRejection', listener));
  });
});
