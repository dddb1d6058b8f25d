import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleDestroy,
  OnModuleInit,
} from '@nestjs/common';
import type { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { storeOf } from './store/in-memory-store.js';
import { TsmonActivity } from './tsmon.activity.js';
import type { TsmonParts } from './tsmon.parts.js';
import type { ShutdownNotice } from './tsmon.shutdown-notice.js';
import { Shutdown } from './tsmon.shutdown.js';

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
  private readonly shutdown: Shutdown;

  constructor(
    private readonly parts: TsmonParts,
    private readonly modules: ModulesContainer,
    private readonly adapterHost: HttpAdapterHost,
    private readonly moduleClass: object,
    notice: ShutdownNotice,
  ) {
    this.activity = new TsmonActivity(parts);
    this.shutdown = new Shutdown(parts, this.activity, this);
    notice.onBegin(() => this.shutdown.begin());
  }

  async onModuleInit(): Promise<void> {
    await this.claimRegistry();
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
    if (!this.parts.settings.options.registry.hold(this)) {
      throw alreadyHeld();
    }
    try {
      await this.start();
    } catch (error) {
      await this.shutdown.finish();
      throw error;
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.shutdown.begin();
  }

  beforeApplicationShutdown(): void {
    this.parts.httpHooks.closeConnectionsAsRequestsEnd();
  }

  /** The last request has ended. */
  async onApplicationShutdown(): Promise<void> {
    await this.shutdown.finish();
  }

  private async start(): Promise<void> {
    const { settings, poll } = this.parts;
    if (poll) {
      await poll.start(settings.initial, live => this.activity.apply(live));
    } else {
      await this.activity.apply(settings.initial);
    }
  }

  private async claimRegistry(): Promise<void> {
    const imports = [...this.modules.values()].filter(
      ({ metatype }) => metatype === this.moduleClass,
    );
    if (imports.length > 1) {
      throw new Error(
        'TsmonModule.forRoot() is imported twice in one application. Import it once, in the root module: it is global.',
      );
    }
    const { registry } = this.parts.settings.options;
    // A hot reload starts the next application while the last one still shuts down.
    await registry.untilLeft();
    if (!registry.claim(this)) {
      throw alreadyHeld();
    }
  }
}

function alreadyHeld(): Error {
  return new Error(
    'Another application in this process already sends these metrics. Close it first, or give this one its own: TsmonModule.forRoot({ registry: new Registry() }).',
  );
}
