import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleDestroy,
  OnModuleInit,
} from '@nestjs/common';
import type { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { log } from '../log.js';
import type { Registry, RegistryOwner } from '../metrics/registry.js';
import { storeOf } from '../store/in-memory-store.js';
import { ExportSwitch } from './export-switch.js';
import { untilListening } from './until-listening.js';
import type { OutermostHooks } from './outermost-hooks.js';
import type { Composition } from './composition.js';
import { Shutdown } from './shutdown.js';

/** Starts the parts when the application starts, and ends them when it shuts down. */
export class TsmonLifecycle
  implements
    OnModuleInit,
    OnApplicationBootstrap,
    OnModuleDestroy,
    BeforeApplicationShutdown,
    OnApplicationShutdown,
    RegistryOwner
{
  private readonly exportSwitch: ExportSwitch;
  private readonly shutdown: Shutdown;
  /** Whether the application was told to shut down, perhaps during its start. */
  private closing = false;

  constructor(
    private readonly parts: Composition,
    private readonly modules: ModulesContainer,
    private readonly adapterHost: HttpAdapterHost,
    private readonly moduleClass: object,
    hooks: OutermostHooks,
  ) {
    this.exportSwitch = new ExportSwitch(parts);
    this.shutdown = new Shutdown(parts, this.exportSwitch, this);
    hooks.onStarted(() => {
      this.holdRegistry();
      this.warnIfNothingElects();
      void this.claimOnceListening();
    });
    hooks.onShutdown(() => this.onModuleDestroy());
  }

  async onModuleInit(): Promise<void> {
    await this.claimRegistry();
    if (this.closing) {
      return;
    }
    const { options } = this.parts.settings;
    const store = storeOf(options.registry);
    store.useClock(this.parts.clock);
    store.cellsPerMetric = options.limits.cellsPerMetric;
    store.reservedTargets = this.parts.settings.reservedTargets;
    store.constantFields = options.constantFields;
    store.mistakes.mode = options.misuse;
    store.keepsExemplars = this.parts.settings.keepsExemplars;
    store.recording = options.enabled;
    if (this.adapterHost.httpAdapter) {
      this.parts.httpHooks.install(this.adapterHost.httpAdapter);
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.closing) {
      return;
    }
    if (!this.registry.isClaimedBy(this)) {
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
    this.closing = true;
    await this.shutdown.begin();
  }

  beforeApplicationShutdown(): void {
    this.parts.httpHooks.closeConnectionsAsRequestsEnd();
  }

  /** Runs after the last request has ended. */
  async onApplicationShutdown(): Promise<void> {
    await this.shutdown.finish();
  }

  /** Undoes an incomplete start, for another application that starts in its place. */
  async giveUp(): Promise<void> {
    await this.shutdown.finish();
  }

  private async start(): Promise<void> {
    this.checkMetrics();
    const { initial, poll } = this.parts;
    if (poll) {
      await poll.start(initial, live => this.exportSwitch.apply(live));
    } else {
      await this.exportSwitch.apply(initial);
    }
  }

  /** @throws the error of a monitor that can never send one of the metrics. */
  private checkMetrics(): void {
    const metrics = [...this.registry.instanceMetrics(), ...this.registry.globalMetrics()];
    for (const monitor of this.parts.chosenMonitors.monitors) {
      metrics.forEach(metric => monitor.checkMetric?.(metric));
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
    // With a hot reload the next application starts while the last one still shuts down.
    await this.registry.untilLeft();
    if (!this.closing && !this.registry.claim(this)) {
      throw alreadyHeld();
    }
  }

  /** Keeps the registry after a successful start. An application that was told to shut down meanwhile has released it. */
  private holdRegistry(): void {
    if (!this.closing && !this.registry.hold(this)) {
      throw alreadyHeld();
    }
  }

  /** An application without HTTP may still serve RPC, whose calls flush. Nothing tells whether it does. */
  private warnIfNothingElects(): void {
    const { flush, settings } = this.parts;
    if (settings.options.enabled && flush.mode === 'request' && !this.adapterHost.httpAdapter) {
      log.warn(
        `Only RPC calls can flush: flush.mode is 'request', and this application serves no HTTP. If it serves no RPC either, as a job or a worker of a queue, set flush.mode to 'both'.`,
      );
    }
  }

  private async claimOnceListening(): Promise<void> {
    await untilListening(this.adapterHost.httpAdapter?.getHttpServer());
    this.exportSwitch.allowClaim();
  }

  private get registry(): Registry {
    return this.parts.settings.options.registry;
  }
}

function alreadyHeld(): Error {
  return new Error(
    'Another application in this process already sends these metrics. Close it first, or give this one its own: TsmonModule.forRoot({ registry: new Registry() }).',
  );
}
