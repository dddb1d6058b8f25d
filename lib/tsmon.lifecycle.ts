import {
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { Deadline } from './clock/deadline.js';
import { droppedCellsReporter } from './flush/dropped-cells.js';
import { presenceReporter } from './flush/presence.js';
import { RuntimeStatistics } from './flush/runtime-statistics.js';
import { unknownSendsReporter } from './flush/unknown-sends.js';
import { registerCallback } from './metrics/callbacks.js';
import { storeOf } from './store/in-memory-store.js';
import { InMemoryTaskNumAllocator } from './task-numbers/in-memory-task-num-allocator.js';
import { NoTaskNumberError } from './task-numbers/task-num-allocator.js';
import type { TsmonParts } from './tsmon.parts.js';

const CLAIM_TIMEOUT_SEC = 5;
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
  private readonly logger = new Logger('Tsmon');
  private readonly undo: (() => void)[] = [];

  constructor(
    private readonly parts: TsmonParts,
    private readonly modules: ModulesContainer,
    private readonly adapterHost: HttpAdapterHost,
    private readonly moduleClass: object,
  ) {}

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
    const { settings, flusher, chosen, clientHooks } = this.parts;
    const { registry, enabled } = settings.options;
    if (!registry.hold(this)) {
      throw alreadyHeld();
    }
    this.undo.push(() => {
      storeOf(registry).recording = true;
    });
    if (!enabled) {
      this.logger.log('Metrics are disabled, since the option enabled is false.');
      return;
    }
    this.logger.log(this.summary());
    this.registerReporters();
    if (clientHooks) {
      this.undo.push(clientHooks.start());
    }
    flusher.start();
    if (chosen.allocator instanceof InMemoryTaskNumAllocator) {
      await this.takeNumber(chosen.allocator);
    } else {
      void this.claimNumber();
    }
  }

  onModuleDestroy(): void {
    this.parts.settings.options.registry.release(this);
  }

  /** Requests are still in flight: what was recorded so far is sent, since there may be no time later. */
  async beforeApplicationShutdown(): Promise<void> {
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
    if (flusher.isStarted) {
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
    for (const undo of this.undo.splice(0)) {
      undo();
    }
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

  private registerReporters(): void {
    const { registry, runtimeStats } = this.parts.settings.options;
    const reporters = [
      presenceReporter(registry),
      droppedCellsReporter(registry),
      unknownSendsReporter(registry),
    ];
    if (runtimeStats) {
      const statistics = new RuntimeStatistics(registry);
      statistics.start();
      this.undo.push(() => statistics.stop());
      reporters.push(() => statistics.report());
    }
    this.undo.push(...reporters.map(reporter => registerCallback(reporter, registry)));
  }

  /** The sooner the claim is made, the sooner housekeeping can assign a number. */
  private async claimNumber(): Promise<void> {
    const deadline = new Deadline(
      this.parts.clock,
      'The first heartbeat',
      CLAIM_TIMEOUT_SEC * 1000,
    );
    try {
      await this.parts.taskNumber.renew(deadline.signal);
    } catch (error) {
      if (!(error instanceof NoTaskNumberError)) {
        this.logger.warn(`No task number was claimed yet: ${String(error)}`);
      }
    } finally {
      deadline.clear();
    }
  }

  /** In memory nobody else assigns numbers, so nobody need wait for one. */
  private async takeNumber(allocator: InMemoryTaskNumAllocator): Promise<void> {
    await this.claimNumber();
    this.parts.countAssignment(await allocator.assignTaskNumbers());
    await this.claimNumber();
    this.parts.housekeeping.run().catch((error: unknown) => this.logger.error(String(error)));
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
      this.logger.warn(`${what} failed: ${String(error)}`);
    } finally {
      deadline.clear();
    }
  }

  private summary(): string {
    const { settings, chosenMonitors, chosen } = this.parts;
    const { flush, task, platform } = settings;
    const monitors = chosenMonitors.monitors.map(monitor => monitor.constructor.name).join(', ');
    return [
      `Metrics of ${task.group} are sent to ${monitors} (${chosenMonitors.reason})`,
      `every ${flush.intervalSec} s, flush mode ${flush.mode} (platform ${platform.name})`,
      `task numbers from ${chosen.allocator.constructor.name} (${chosen.reason}).`,
    ].join('; ');
  }
}

function alreadyHeld(): Error {
  return new Error(
    'Another application in this process already sends these metrics. Close it first, or give this one its own: TsmonModule.forRoot({ registry: new Registry() }).',
  );
}
