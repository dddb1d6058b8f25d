import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { afterEach, describe, expect, it } from 'vitest';
import { HousekeepingService, TaskNumAllocator } from '../../lib/entry/index.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { pass } from '../support/settle.js';
import { TWO_REGISTRATIONS } from '../support/registrations.js';
import { endAll, ownOptions, start } from './hello-app.js';

afterEach(endAll);

describe.each(TWO_REGISTRATIONS)('by %s', (_way, register) => {
  describe('H4 ScheduleModule', () => {
    @Injectable()
    class Jobs {
      @Cron('0 0 1 1 *', { name: 'own-job' })
      tick(): void {}
    }

    const tsmon = () => register({ ...ownOptions(), housekeeping: { cron: true } });

    it.each<[string, () => unknown[], string[]]>([
      ['before ours', () => [ScheduleModule.forRoot(), tsmon()], ['own-job', 'tsmon-housekeeping']],
      ['after ours', () => [tsmon(), ScheduleModule.forRoot()], ['own-job', 'tsmon-housekeeping']],
      [
        'forRootAsync',
        () => [ScheduleModule.forRootAsync({ useFactory: () => ({}) }), tsmon()],
        ['own-job', 'tsmon-housekeeping'],
      ],
      ['without cron jobs', () => [tsmon(), ScheduleModule.forRoot({ cronJobs: false })], []],
    ])(
      'with ScheduleModule %s, its jobs and ours are scheduled once, in its own registry',
      async (_, imports, jobs) => {
        const { app } = await start({ imports: imports() as never, providers: [Jobs] });
        const registries = [...app.get(ModulesContainer).values()].filter(({ providers }) =>
          providers.has(SchedulerRegistry),
        );
        expect(registries).toHaveLength(1);
        expect([...app.get(SchedulerRegistry).getCronJobs().keys()].toSorted()).toEqual(jobs);
      },
    );

    it('without ScheduleModule our job runs every minute until the shutdown, and no dormant job is started', async () => {
      const clock = new ManualClock();
      const { app } = await start(
        { imports: [tsmon()], providers: [Jobs] },
        'express',
        undefined,
        builder => builder.overrideProvider('TSMON_CLOCK').useValue(clock),
      );
      let runs = 0;
      app.get(TaskNumAllocator).assignTaskNumbers = async () => {
        runs += 1;
        throw new Error('fails, and goes on');
      };
      await pass(clock, 5 * 60_000);
      expect(runs).toBe(5);
      expect(() => app.get(SchedulerRegistry)).toThrow('SchedulerRegistry');
      await app.close();
      await pass(clock, 60_000);
      expect(runs).toBe(5);
    });

    it('the @Cron job runs housekeeping, unless it is switched off', async () => {
      for (const cron of [true, false]) {
        const options = { ...ownOptions(), housekeeping: { cron } };
        const { app } = await start({
          imports: [ScheduleModule.forRoot(), register(options)],
        });
        let ticks = 0;
        app.get(HousekeepingService).tick = async () => {
          ticks += 1;
        };
        await app.get(SchedulerRegistry).getCronJob('tsmon-housekeeping').fireOnTick();
        expect(ticks).toBe(cron ? 1 : 0);
        await app.close();
      }
    });
  });
});
