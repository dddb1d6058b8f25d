import { type ExecutionContext, Injectable } from '@nestjs/common';
import { log } from '../log.js';
import type { RequestWithHeaders } from '../routes/bearer-token.js';
import { InternalRoutes } from '../routes/internal-routes.js';
import type { RouteAuth } from '../routes/route-auth.js';
import { HousekeepingSettings } from './housekeeping-settings.js';
import { HousekeepingService } from './housekeeping.service.js';

/**
 * The path that App Engine's cron or Cloud Scheduler calls. It is the same as in LUCI's services.
 *
 * @publicApi
 */
export const HOUSEKEEPING_PATH = '/internal/cron/ts_mon/housekeeping';

/**
 * Answers the housekeeping route. It is mounted on the HTTP adapter, not routed by Nest, so that no global prefix, guard or
 * filter of the application changes it.
 */
@Injectable()
export class HousekeepingController {
  constructor(
    private readonly housekeeping: HousekeepingService,
    private readonly settings: HousekeepingSettings,
    private readonly routes: InternalRoutes,
  ) {}

  /** Mounts the route. Call it before the application registers its own routes. */
  async mount(): Promise<void> {
    if (!this.settings.controller || !this.routes.isServing) {
      return;
    }
    await this.routes.mount({
      routes: [
        {
          method: 'get',
          path: HOUSEKEEPING_PATH,
          answer: async () => ({ status: 200, body: await this.housekeeping.run() }),
        },
      ],
      auth: this.auth(),
      authOption: 'housekeeping.auth',
      controller: HousekeepingController,
      refusal: 'Only the cron of this service may run housekeeping.',
      failure: 'Housekeeping failed.',
    });
  }

  private auth(): RouteAuth {
    const { auth, trustsAppEngineHeaders } = this.settings;
    if (auth !== 'app-engine') {
      return auth;
    }
    if (!trustsAppEngineHeaders) {
      log.warn(
        `Nobody may call ${HOUSEKEEPING_PATH}: housekeeping.auth is 'app-engine', but this is not App Engine standard. Set it to { oidc } or { guard }.`,
      );
    }
    // Only the front end of App Engine strips the header from requests that come from outside.
    return { guard: { canActivate: context => trustsAppEngineHeaders && isFromCron(context) } };
  }
}

function isFromCron(context: ExecutionContext): boolean {
  const { headers } = context.switchToHttp().getRequest<RequestWithHeaders>();
  return headers['x-appengine-cron'] === 'true';
}
