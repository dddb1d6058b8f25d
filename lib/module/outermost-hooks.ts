import { Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/**
 * The distance of a module from the root module. Nest starts modules by descending distance and shuts them down by ascending
 * distance. The root module has at least 0.
 */
const OUTERMOST = -1;

/** Hooks that run after the start, and before the shutdown, of all other modules. */
export class OutermostHooks implements OnApplicationBootstrap, OnModuleDestroy {
  private started = (): void => {};
  private shutdownBegins = async (): Promise<void> => {};

  /** Sets the callback that runs when all other modules have started. If it throws, the start fails. */
  onStarted(listener: () => void): void {
    this.started = listener;
  }

  /** Sets the callback that runs before any other module shuts down. Their shutdown waits for its promise. */
  onShutdown(listener: () => Promise<void>): void {
    this.shutdownBegins = listener;
  }

  onApplicationBootstrap(): void {
    this.started();
  }

  onModuleDestroy(): Promise<void> {
    return this.shutdownBegins();
  }
}

/**
 * Gives these hooks a module of their own. Global modules start first and shut down last: too early to know that the start of the
 * application has succeeded, and too late for metrics callbacks, whose database may be closed then.
 */
@Module({ providers: [OutermostHooks], exports: [OutermostHooks] })
export class OutermostHooksModule {
  constructor(modules: ModulesContainer) {
    for (const module of modules.values()) {
      if (module.metatype === OutermostHooksModule) {
        module.distance = OUTERMOST;
      }
    }
  }
}
