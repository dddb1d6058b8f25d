import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Counter,
  HousekeepingService,
  NoTaskNumberError,
  TaskNumAllocator,
  TsmonService,
} from '../../lib/entry/index.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { TWO_REGISTRATIONS } from '../support/registrations.js';
import { endAll, ownOptions, start } from './hello-app.js';

afterEach(endAll);

describe.each(TWO_REGISTRATIONS)('by %s', (_way, register) => {
  describe("the module's metrics about itself", () => {
    const sentNames = ({ monitor }: ReturnType<typeof ownOptions>): string[] =>
      monitor.calls.at(-1)!.cells.map(({ metric }) => metric.name);

    it('count the own number in tsmon/instances/assigned', async () => {
      const options = ownOptions();
      const { app } = await start({ imports: [register(options)] });
      await app.get(TsmonService).flush();
      expect(options.monitor.valuesOf('tsmon/instances/assigned')).toEqual([1]);
      expect(sentNames(options)).not.toContain('tsmon/instances/expired');
    });

    it('F7 include tsmon/unknown_sends after an unknown send', async () => {
      const options = ownOptions();
      const orders = new Counter('orders', { registry: options.registry });
      const first = await start({ imports: [register(options)] });
      orders.add(1);
      options.monitor.answer = () => Promise.reject(new Error('UNAVAILABLE'));
      await first.app.close();
      options.monitor.answer = () => ({ rejected: [] });
      const second = await start({ imports: [register(options)] });
      await second.app.get(TsmonService).flush();
      expect(options.monitor.valuesOf('tsmon/unknown_sends')).toEqual([1]);
      expect(options.monitor.valuesOf('orders').at(-1)).toBe(1);
    });

    it('are not declared while metrics are disabled', async () => {
      const options = { ...ownOptions(), enabled: false };
      const { app } = await start({ imports: [register(options)] });
      await app.get(HousekeepingService).run();
      const names = options.registry.instanceMetrics().map(({ name }) => name);
      expect(names.filter(name => name.startsWith('tsmon/'))).toEqual([]);
    });

    it('F8 come with a warning which cron to check, if an instance waits for long', async () => {
      const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
      const clock = new ManualClock();
      class NeverAssigns extends TaskNumAllocator {
        readonly expirationSec = 1800;
        notifyTaskIsAlive(): Promise<number> {
          return Promise.reject(new NoTaskNumberError());
        }
        async assignTaskNumbers() {
          return {
            skipped: true,
            targets: 0,
            instances: 0,
            assigned: 0,
            expired: 0,
            durationMs: 0,
          };
        }
        async release(): Promise<void> {}
      }
      const { app } = await start(
        { imports: [register({ ...ownOptions(), allocator: new NeverAssigns() })] },
        'express',
        undefined,
        builder => builder.overrideProvider('TSMON_CLOCK').useValue(clock),
      );
      await app.get(TsmonService).flush();
      clock.advance(301_000);
      await app.get(TsmonService).flush();
      const lines = warn.mock.calls.map(([message]) => String(message));
      warn.mockRestore();
      expect(lines.at(-1)).toMatch(
        /waited 5 minutes .* GET \/internal\/cron\/ts_mon\/housekeeping .* answers 403/,
      );
    });
  });
});
