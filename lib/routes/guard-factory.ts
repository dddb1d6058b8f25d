import type { CanActivate, Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { Clock } from '../clock/clock.js';
import { SeldomLog } from '../seldom-log.js';
import type { GoogleTokens } from './google-tokens.js';
import { OidcGuard } from './oidc.guard.js';
import type { RouteAuth } from './route-auth.js';

/** Often enough to help with setting up a cron. Seldom enough that calls of strangers do not fill the log. */
const REFUSALS_EVERY_SEC = 600;

/** Creates the guards of routes. */
export class GuardFactory {
  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly tokens: GoogleTokens,
    private readonly clock: Clock,
  ) {}

  /** @throws Error when the guard needs a package that is missing, or when Nest cannot create the guard. */
  async create(auth: RouteAuth, path: string): Promise<CanActivate> {
    if (auth === 'none' || auth === 'closed') {
      return { canActivate: () => auth === 'none' };
    }
    if ('oidc' in auth) {
      await this.tokens.load();
      const log = new SeldomLog(this.clock, REFUSALS_EVERY_SEC);
      return new OidcGuard(path, auth.oidc, this.tokens, log);
    }
    return typeof auth.guard === 'function' ? this.instanceOf(auth.guard) : auth.guard;
  }

  /** Returns the application's instance of a guard, or a new one if there is none. */
  private instanceOf(guard: Type<CanActivate>): CanActivate | Promise<CanActivate> {
    try {
      return this.moduleRef.get(guard, { strict: false });
    } catch {
      return this.moduleRef.create(guard);
    }
  }
}
