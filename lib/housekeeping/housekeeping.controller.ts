import { HttpException, Injectable, Logger, type CanActivate, type Type } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { firstValueFrom, isObservable } from 'rxjs';
import { AppEngineCronGuard } from './app-engine-cron.guard.js';
import { HousekeepingSettings } from './housekeeping-settings.js';
import { HousekeepingService } from './housekeeping.service.js';

/**
 * Where App Engine's cron and Cloud Scheduler call, as LUCI's services have it.
 *
 * @publicApi
 */
export const HOUSEKEEPING_PATH = '/internal/cron/ts_mon/housekeeping';

const FORBIDDEN = {
  status: 403,
  body: { error: 'Only the cron of this service may run housekeeping.' },
};

/**
 * Answers the housekeeping route. It is mounted on the HTTP server itself: a Nest route would move under the
 * application's global prefix and version, and behind its global guards, interceptors and filters.
 */
@Injectable()
export class HousekeepingController {
  private readonly logger = new Logger('Tsmon');
  private guard: CanActivate | undefined;

  constructor(
    private readonly housekeeping: HousekeepingService,
    private readonly settings: HousekeepingSettings,
    private readonly adapterHost: HttpAdapterHost,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** Mounts the route, before the application's own. */
  async mount(): Promise<void> {
    const { httpAdapter } = this.adapterHost;
    if (!this.settings.controller || !httpAdapter) {
      return;
    }
    this.guard = await this.createGuard();
    httpAdapter.get(HOUSEKEEPING_PATH, (request: unknown, response: unknown) =>
      this.handle(request, response),
    );
  }

  private async handle(request: unknown, response: unknown): Promise<void> {
    const { status, body } = await this.answer(request, response);
    await this.adapterHost.httpAdapter.reply(response, body, status);
  }

  private async answer(
    request: unknown,
    response: unknown,
  ): Promise<{ status: number; body: object }> {
    try {
      return (await this.mayPass(request, response))
        ? { status: 200, body: await this.housekeeping.run() }
        : FORBIDDEN;
    } catch (error) {
      this.logger.error('Housekeeping failed.', error);
      return { status: 500, body: { error: 'Housekeeping failed. The log says why.' } };
    }
  }

  private async mayPass(request: unknown, response: unknown): Promise<boolean> {
    const context = new ExecutionContextHost(
      [request, response],
      HousekeepingController,
      this.handle,
    );
    try {
      const verdict = this.guard?.canActivate(context) ?? false;
      return (await (isObservable(verdict) ? firstValueFrom(verdict) : verdict)) === true;
    } catch (error) {
      // Guards also refuse by throwing: UnauthorizedException, for one.
      if (error instanceof HttpException) {
        return false;
      }
      throw error;
    }
  }

  private async createGuard(): Promise<CanActivate> {
    const { auth, trustsAppEngineHeaders } = this.settings;
    if (auth === 'none') {
      this.logger.warn(
        `Everybody may call ${HOUSEKEEPING_PATH}, since housekeeping.auth is 'none'.`,
      );
      return { canActivate: () => true };
    }
    if (auth === 'closed') {
      return { canActivate: () => false };
    }
    if (auth === 'app-engine') {
      if (!trustsAppEngineHeaders) {
        this.logger.warn(
          `Nobody may call ${HOUSEKEEPING_PATH}: housekeeping.auth is 'app-engine', but this is not App Engine standard. Set it to { guard }.`,
        );
      }
      return new AppEngineCronGuard(trustsAppEngineHeaders);
    }
    return typeof auth.guard === 'function' ? this.guardOf(auth.guard) : auth.guard;
  }

  /** The application's instance of a guard, or one made for this purpose. */
  private guardOf(guard: Type<CanActivate>): CanActivate | Promise<CanActivate> {
    try {
      return this.moduleRef.get(guard, { strict: false });
    } catch {
      return this.moduleRef.create(guard);
    }
  }
}
