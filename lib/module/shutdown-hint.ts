import {
  ShutdownSignal,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Clock } from '../clock/clock.js';
import type { TsmonService } from '../flush/tsmon.service.js';
import { log } from '../log.js';
import { OwnWork } from '../own-work.js';

/** Waits a while, since some applications call `enableShutdownHooks()` only after they listen. */
const GRACE_MS = 10_000;

/**
 * Warns once if the application has not called `enableShutdownHooks()`. Platforms end a process by SIGTERM, and without a listener
 * the process ends at once. If the application listens for another signal of Nest only, its process manager sends that signal:
 * PM2 sends SIGINT.
 */
export class ShutdownHint implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ownWork = new OwnWork();
  private cancelTimer = (): void => {};

  constructor(
    private readonly service: Pick<TsmonService, 'status'>,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.ownWork.run(() => {
      this.cancelTimer = this.clock.after(GRACE_MS, () => this.look(), { unref: true });
    });
  }

  beforeApplicationShutdown(): void {
    this.cancelTimer();
  }

  private look(): void {
    if (this.service.status().running && !isAnySignalHeard()) {
      log.warn(
        'Nothing listens for SIGTERM, so that this process would end without its last flush: call app.enableShutdownHooks() in main.ts.',
      );
    }
  }
}

function isAnySignalHeard(): boolean {
  return Object.values(ShutdownSignal).some(signal => process.listenerCount(signal) > 0);
}
