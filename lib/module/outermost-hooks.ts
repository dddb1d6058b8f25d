import { Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/**
 * Nest starts modules in the descending order of this number, and shuts them down in the ascending one. The
 * root module has at least 0.
 */
const OUTERMOST = -1;

/** The hooks that enclose those of all other modules. */
export class OutermostHooks implements OnApplicationBootstrap, OnModuleDestroy {
  private started = (): void => {};
  private shutdownBegins = async (): Promise<void> => {};

  /** Sets what is called when every other module has started. What it throws fails the start. */
  onStarted(listener: () => void): void {
    this.started = listener;
  }

  /** Sets what is called before any other module shuts down. Their shutdown waits for its promise. */
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
 * Global modules are the first to start and the last to shut down: too early to know that the start of the
 * application has not failed, and too late for metrics callbacks, whose database may be closed by then.
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
