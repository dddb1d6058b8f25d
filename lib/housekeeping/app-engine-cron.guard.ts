import type { CanActivate, ExecutionContext } from '@nestjs/common';

/** The part of an Express or Fastify request that is read. */
interface RequestWithHeaders {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Allows App Engine's cron. Trusts its header only behind App Engine's front end, which strips the header from requests
 * that come from outside.
 */
export class AppEngineCronGuard implements CanActivate {
  constructor(private readonly trustsAppEngineHeaders: boolean) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<RequestWithHeaders>();
    return this.trustsAppEngineHeaders && headers['x-appengine-cron'] === 'true';
  }
}
