import type { CanActivate, ExecutionContext } from '@nestjs/common';

/** What is read of a request, express's or fastify's. */
interface RequestWithHeaders {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Lets App Engine's cron in. Its header proves something only behind App Engine's front end, which strips it
 * from requests that come from outside.
 */
export class AppEngineCronGuard implements CanActivate {
  constructor(private readonly trustsAppEngineHeaders: boolean) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<RequestWithHeaders>();
    return this.trustsAppEngineHeaders && headers['x-appengine-cron'] === 'true';
  }
}
