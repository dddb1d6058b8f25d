import type { CanActivate, Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { Clock } from '../clock/clock.js';
import { SeldomLog } from '../seldom-log.js';
import type { GoogleTokens } from './google-tokens.js';
import { OidcGuard } from './oidc.guard.js';
import type { RouteAuth } from './route-auth.js';

/** Often enough for who sets up a cron, and not too often for who reads the log while strangers try the door. */
const REFUSALS_EVERY_SEC = 600;

/** Makes the guards that routes are told to go by. */
export class RouteGuards {
  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly tokens: GoogleTokens,
    private readonly clock: Clock,
  ) {}

  /** @throws Error where a package that the guard needs is missing, or Nest cannot make the guard. */
  async guardOf(auth: RouteAuth, path: string): Promise<CanActivate> {
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

  /** The application's instance of a guard, or one made for this purpose. */
  private instanceOf(guard: Type<CanActivate>): CanActivate | Promise<CanActivate> {
    try {
      return this.moduleRef.get(guard, { strict: false });
    } catch {
      return this.moduleRef.create(guard);
    }
  }
}
