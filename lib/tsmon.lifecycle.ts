import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleDestroy,
  OnModuleInit,
} from '@nestjs/common';
import type { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { Deadline } from './clock/deadline.js';
import { errorText, log } from './log.js';
import { storeOf } from './store/in-memory-store.js';
import { TsmonActivity } from './tsmon.activity.js';
import type { TsmonParts } from './tsmon.parts.js';

/** For each of the two small steps after the last flush. */
const END_TIMEOUT_SEC = 1;

/** Starts the parts with the application, and ends them with it. */
export class TsmonLifecycle
  implements
    OnModuleInit,
    OnApplicationBootstrap,
    OnModuleDestroy,
    BeforeApplicationShutdown,
    OnApplicationShutdown
{
  private readonly activity: TsmonActivity;

  constructor(
    private readonly parts: TsmonParts,
    private readonly modules: ModulesContainer,
    private readonly adapterHost: HttpAdapterHost,
    private readonly moduleClass: object,
  ) {
    this.activity = new TsmonActivity(parts);
  }

  onModuleInit(): void {
    this.claimRegistry();
    const { options } = this.parts.settings;
    const store = storeOf(options.registry);
    store.useClock(this.parts.clock);
    store.cellsPerMetric = options.cellsPerMetric;
    store.recording = options.enabled;
    if (this.adapterHost.httpAdapter) {
      this.parts.httpHooks.install(this.adapterHost.httpAdapter);
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    const { settings, poll } = this.parts;
    if (!settings.options.registry.hold(this)) {
      throw alreadyHeld();
    }
    if (poll) {
      await poll.start(settings.initial, live => this.activity.apply(live));
    } else {
      await this.activity.apply(settings.initial);
    }
  }

  onModuleDestroy(): void {
    this.parts.settings.options.registry.release(this);
  }

  /** Requests are still in flight: what was recorded so far is sent, since there may be no time later. */
  async beforeApplicationShutdown(): Promise<void> {
    this.activity.close();
    this.parts.httpHooks.closeConnectionsAsRequestsEnd();
    const { shutdownTimeoutSec } = this.parts.settings.options;
    await this.within('The flush at shutdown', shutdownTimeoutSec, () =>
      this.parts.flusher.flush(shutdownTimeoutSec),
    );
  }

  /** The last request has ended. */
  async onApplicationShutdown(): Promise<void> {
    const { flusher, taskNumber, chosenMonitors, chosen, settings } = this.parts;
    const { shutdownTimeoutSec } = settings.options;
    const endTimeoutSec = Math.min(shutdownTimeoutSec, END_TIMEOUT_SEC);
    if (this.activity.hasBegun) {
      await this.within('The last flush', shutdownTimeoutSec, () =>
        flusher.stop(shutdownTimeoutSec),
      );
      await this.within('Releasing the task number', endTimeoutSec, signal =>
        taskNumber.release(signal),
      );
    }
    await this.within('Closing the monitor', endTimeoutSec, () =>
      Promise.all(chosenMonitors.monitors.map(monitor => monitor.close())),
    );
    await this.within('Closing the allocator', endTimeoutSec, () => chosen.close());
    this.activity.end();
  }

  private claimRegistry(): void {
    const imports = [...this.modules.values()].filter(
      ({ metatype }) => metatype === this.moduleClass,
    );
    if (imports.length > 1) {
      throw new Error(
        'TsmonModule.forRoot() is imported twice in one application. Import it once, in the root module: it is global.',
      );
    }
    if (!this.parts.settings.options.registry.claim(this)) {
      throw alreadyHeld();
    }
  }

  private async within<T>(
    what: string,
    timeoutSec: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<void> {
    const deadline = new Deadline(this.parts.clock, what, timeoutSec * 1000);
    try {
      await deadline.race(work(deadline.signal));
    } catch (error) {
      log.warn(`${what} failed: ${errorText(error)}`);
    } finally {
      deadline.clear();
    }
  }
}

function alreadyHeld(): Error {
  return new Error(
    'Another application in this process already sends these metrics. Close it first, or give this one its own: TsmonModule.forRoot({ registry: new Registry() }).',
  );
}
