import {
  Module,
  type DynamicModule,
  type InjectionToken,
  type NestModule,
  type OnModuleInit,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import { systemClock } from '../clock/clock.js';
import { Election } from '../flush/election.js';
import { RequestsUnderWay } from '../flush/requests-under-way.js';
import { TsmonService } from '../flush/tsmon.service.js';
import { TsmonHealthIndicator } from '../status/tsmon-health-indicator.js';
import { HousekeepingController } from '../housekeeping/housekeeping.controller.js';
import { HousekeepingService } from '../housekeeping/housekeeping.service.js';
import { HousekeepingSettings } from '../housekeeping/housekeeping-settings.js';
import { HousekeepingTask } from '../housekeeping/housekeeping.task.js';
import { HttpHooks } from '../http/server/http-hooks.js';
import { CallMeter } from '../rpc/call-meter.js';
import { TsmonInterceptor } from '../rpc/tsmon.interceptor.js';
import { OwnWork } from '../own-work.js';
import { GoogleTokens } from '../routes/google-tokens.js';
import { InternalRoutes } from '../routes/internal-routes.js';
import { GuardFactory } from '../routes/guard-factory.js';
import { FlushToken } from '../status/flush-token.js';
import { InstancesReader } from '../status/instances-reader.js';
import type { SetupStatus } from '../status/status-report.js';
import { costStatus } from '../status/status-cost.js';
import { StatusSettings } from '../status/status-settings.js';
import { StatusReader } from '../status/status-reader.js';
import { StatusController } from '../status/status.controller.js';
import { detectPlatform } from '../platform/platform.js';
import { DatastoreTaskNumAllocator } from '../task-numbers/datastore/datastore-task-num-allocator.js';
import { TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import { datastoreAllocator } from './datastore-allocator-token.js';
import { TsmonLifecycle } from './lifecycle.js';
import {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type ASYNC_OPTIONS_TYPE,
  type OPTIONS_TYPE,
} from './module-definition.js';
import { OutermostHooks, OutermostHooksModule } from './outermost-hooks.js';
import { OutermostInterceptor } from './outermost-interceptor.js';
import { compose, type Composition } from './composition.js';
import { ShutdownHint } from './shutdown-hint.js';
import { TSMON_CLOCK, TSMON_COMPOSITION, TSMON_PLATFORM } from './tokens.js';
import { nameOf } from '../log.js';
import { wrongType } from '../validation/option-errors.js';
import { isObject } from '../validation/schema.js';

/** Provides one of the parts, or what is made of the parts and the providers of further tokens. */
const part = (
  provide: unknown,
  make: (parts: Composition, ...others: never[]) => unknown,
  ...others: InjectionToken[]
) => ({
  provide: provide as InjectionToken,
  useFactory: make,
  inject: [TSMON_COMPOSITION, ...others],
});

/**
 * Collects metrics and sends them under the task number of this instance. Import it once, in the root module.
 *
 * @example
 * ```ts
 * @Module({ imports: [TsmonModule.forRoot()] })
 * export class AppModule {}
 * ```
 *
 * @publicApi
 */
@Module({
  imports: [OutermostHooksModule],
  providers: [
    { provide: TSMON_CLOCK, useValue: systemClock },
    {
      provide: TSMON_PLATFORM,
      useFactory: () => new OwnWork().runUncounted(() => detectPlatform(process.env)),
    },
    {
      provide: TSMON_COMPOSITION,
      useFactory: compose,
      inject: [MODULE_OPTIONS_TOKEN, TSMON_PLATFORM, TSMON_CLOCK],
    },
    part(TaskNumAllocator, ({ chosenAllocator: chosen }) => chosen.allocator),
    part(
      DatastoreTaskNumAllocator,
      (parts, modules: ModulesContainer) => datastoreAllocator(parts.chosenAllocator, modules),
      ModulesContainer,
    ),
    part(Election, ({ election }) => election),
    part(RequestsUnderWay, ({ requests }) => requests),
    part(CallMeter, ({ callMeter }) => callMeter),
    part(TsmonService, ({ service }) => service),
    part(TsmonHealthIndicator, ({ flusher }) => new TsmonHealthIndicator(flusher)),
    part(HousekeepingService, ({ housekeeping }) => housekeeping),
    part(HousekeepingSettings, ({ settings }) => settings.housekeeping),
    part(
      HousekeepingTask,
      ({ housekeeping, settings, clock }, modules: ModulesContainer) =>
        new HousekeepingTask(housekeeping, settings.housekeeping, modules, clock),
      ModulesContainer,
    ),
    part(StatusReader, parts => {
      const { service, settings, cost, clock } = parts;
      return new StatusReader(
        service,
        settings.options.registry,
        settings,
        () => setupOf(parts),
        () => costStatus(cost, settings.options.status.dollarsPerMebibyte),
        clock,
      );
    }),
    part(
      InstancesReader,
      ({ chosenAllocator: chosen, settings, clock }) =>
        new InstancesReader(chosen.allocator, settings, clock),
    ),
    part(FlushToken, ({ clock }) => new FlushToken(clock)),
    part(StatusSettings, ({ settings }) => settings.options.status),
    part(GoogleTokens, ({ clock }) => new GoogleTokens(clock)),
    part(
      InternalRoutes,
      ({ clock }, host: HttpAdapterHost, ref: ModuleRef, tokens: GoogleTokens) =>
        new InternalRoutes(host, new GuardFactory(ref, tokens, clock), clock),
      HttpAdapterHost,
      ModuleRef,
      GoogleTokens,
    ),
    HousekeepingController,
    StatusController,
    TsmonInterceptor,
    part(ShutdownHint, ({ service, clock }) => new ShutdownHint(service, clock)),
    part(
      TsmonLifecycle,
      (parts, modules: ModulesContainer, host: HttpAdapterHost, hooks: OutermostHooks) =>
        new TsmonLifecycle(parts, modules, host, TsmonModule, hooks),
      ModulesContainer,
      HttpAdapterHost,
      OutermostHooks,
    ),
  ],
  exports: [
    TaskNumAllocator,
    DatastoreTaskNumAllocator,
    TsmonService,
    TsmonHealthIndicator,
    HousekeepingService,
    TsmonInterceptor,
    Election,
    RequestsUnderWay,
    CallMeter,
  ],
})
export class TsmonModule extends ConfigurableModuleClass implements NestModule, OnModuleInit {
  private readonly interceptor: OutermostInterceptor;

  /** @internal */
  constructor(
    applicationConfig: ApplicationConfig,
    interceptor: TsmonInterceptor,
    private readonly adapterHost: HttpAdapterHost,
    private readonly housekeepingController: HousekeepingController,
    private readonly statusController: StatusController,
  ) {
    super();
    // Nest makes the handlers of gateways, and of microservices that are connected early, before configure().
    this.interceptor = new OutermostInterceptor(applicationConfig, interceptor);
  }

  /**
   * Configures the module. Without options it fits App Engine and Cloud Run, and works elsewhere.
   *
   * @throws TypeError when the options are not an object. TypeError or RangeError, when the application starts, for a wrong
   * option.
   */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    if (!isObject(options)) {
      throw wrongType('', 'an object', options);
    }
    return super.forRoot(options);
  }

  /**
   * Configures the module with options from a factory, a class or another provider. A class or provider has a method
   * `createTsmonOptions` that returns the options or a promise of them.
   *
   * @throws TypeError or RangeError, when the application starts, for a wrong option.
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  /** @internal Nest makes the handlers of HTTP next: where hooks elect, they need no interceptor. */
  async configure(): Promise<void> {
    await this.housekeepingController.mount();
    await this.statusController.mount();
    if (HttpHooks.watches(this.adapterHost.httpAdapter)) {
      this.interceptor.takeOut();
    }
  }

  /** @internal GraphQL makes its handlers in this hook, and microservices may be connected at any later time. */
  onModuleInit(): void {
    this.interceptor.putFirst();
  }
}

function setupOf(parts: Composition): SetupStatus {
  const { settings, flush, chosenAllocator: chosen, chosenMonitors } = parts;
  return {
    platform: settings.platform.name,
    projectId: settings.platform.onGoogleCloud ? settings.platform.projectId : undefined,
    monitors: chosenMonitors.monitors.map(nameOf),
    allocator: nameOf(chosen.allocator),
    flushMode: flush.mode,
    flushIntervalSec: flush.intervalSec,
  };
}
