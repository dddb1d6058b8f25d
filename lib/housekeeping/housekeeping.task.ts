import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { Cron, ScheduleModule } from '@nestjs/schedule';
import type { Clock } from '../clock/clock.js';
import { log } from '../log.js';
import { OwnWork } from '../own-work.js';
import type { HousekeepingSettings } from './housekeeping-settings.js';
import type { HousekeepingService } from './housekeeping.service.js';

const MINUTE_MS = 60_000;

/**
 * Starts housekeeping inside the process at the start of every minute, for services without another cron.
 *
 * If the application imports ScheduleModule, that module finds and runs the `@Cron` job under its own options. Otherwise a
 * timer of our own ticks. We do not import ScheduleModule ourselves. Next to one of the application it would hide the
 * application's SchedulerRegistry from `app.get()`. In an application without one it would start `@Cron` jobs that are
 * meant to stay inactive.
 */
export class HousekeepingTask implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ownWork = new OwnWork();
  private cancelTimer = (): void => {};

  constructor(
    private readonly housekeeping: HousekeepingService,
    private readonly settings: HousekeepingSettings,
    private readonly modules: ModulesContainer,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    const scheduled = [...this.modules.values()].some(
      ({ metatype }) => metatype === ScheduleModule,
    );
    if (this.settings.cron && !scheduled) {
      this.ownWork.run(() => this.arm());
    }
  }

  beforeApplicationShutdown(): void {
    this.cancelTimer();
  }

  @Cron('0 * * * * *', { name: 'tsmon-housekeeping' })
  async tick(): Promise<void> {
    if (!this.settings.cron) {
      return;
    }
    try {
      await this.housekeeping.tick();
    } catch (error) {
      log.error('Housekeeping failed.', error);
    }
  }

  /** Checks first whether housekeeping is stopped: an application may get its signal to end while it still starts. */
  private arm(): void {
    if (this.housekeeping.isStopped) {
      return;
    }
    const delayMs = MINUTE_MS - (this.clock.now() % MINUTE_MS);
    const wake = (): void => {
      this.arm();
      void this.tick();
    };
    this.cancelTimer = this.clock.after(delayMs, wake, { unref: true });
  }
}
