import type { RouteAuth } from '../routes/route-auth.js';

/**
 * Who may call the housekeeping route.
 *
 * - `'app-engine'`: App Engine's cron, recognised by a header that the front end strips from other requests. It opens the
 *   route only on App Engine standard.
 * - `{ oidc }`: Google service accounts, such as the account of a Cloud Scheduler job, recognised by their OIDC token.
 * - `{ guard }`: all callers that a guard of the application allows. Give an instance, or a class that Nest creates.
 * - `'none'`: all callers, without any check.
 * - `'closed'`: no caller.
 *
 * @publicApi
 */
export type HousekeepingAuth = 'app-engine' | RouteAuth;

/** Settings of housekeeping: what starts a run, and who may call the route. Also the injection token. */
export abstract class HousekeepingSettings {
  abstract readonly cron: boolean;
  abstract readonly controller: boolean;
  abstract readonly auth: HousekeepingAuth;
  /** Whether the platform strips forged App Engine headers. */
  abstract readonly trustsAppEngineHeaders: boolean;
}
