import type { RouteAuth } from '../routes/route-auth.js';

/**
 * Who may call the housekeeping route.
 *
 * - `'app-engine'`: App Engine's cron, by a header that its front end strips from other requests. It
 *   opens the route on App Engine only.
 * - `{ oidc }`: service accounts of Google, such as the account of a Cloud Scheduler job, by the OIDC token that they send.
 * - `{ guard }`: whom a guard of the application lets in; an instance, or a class that Nest makes.
 * - `'none'`: everybody.
 * - `'closed'`: nobody.
 *
 * @publicApi
 */
export type HousekeepingAuth = 'app-engine' | RouteAuth;

/** What housekeeping is told: which of its doors are open, and to whom. Also its injection token. */
export abstract class HousekeepingSettings {
  /** Whether the `@Cron` job runs. */
  abstract readonly cron: boolean;
  /** Whether `GET /internal/cron/ts_mon/housekeeping` exists. */
  abstract readonly controller: boolean;
  abstract readonly auth: HousekeepingAuth;
  /** Whether the platform strips forged App Engine headers. */
  abstract readonly trustsAppEngineHeaders: boolean;
}
