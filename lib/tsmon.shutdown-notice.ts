import { Module, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/** Nest calls the hooks of a shutdown in the order of this number. That of the root module is at least 0. */
const BEFORE_ALL_OTHERS = -1;

/** Tells that the application begins to shut down, before any other module hears of it. */
export class ShutdownNotice implements OnModuleDestroy {
  private listener = async (): Promise<void> => {};

  /** Sets what is called then. The shutdown of the other modules waits for its promise. */
  onBegin(listener: () => Promise<void>): void {
    this.listener = listener;
  }

  onModuleDestroy(): Promise<void> {
    return this.listener();
  }
}

/**
 * Hooks of global modules run last at a shutdown, when a database may be closed, or another module has taken
 * seconds. This module is the first, so that metrics callbacks run while all of the application still works.
 */
@Module({ providers: [ShutdownNotice], exports: [ShutdownNotice] })
export class ShutdownNoticeModule {
  constructor(modules: ModulesContainer) {
    for (const module of modules.values()) {
      if (module.metatype === ShutdownNoticeModule) {
        module.distance = BEFORE_ALL_OTHERS;
      }
    }
  }
}
