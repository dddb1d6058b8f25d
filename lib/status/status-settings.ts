import type { RouteAuth } from '../routes/route-auth.js';

/**
 * Who may call the status route.
 *
 * - `{ oidc }`: service accounts of Google, by the OIDC token that they send.
 * - `{ guard }`: whom a guard of the application lets in; an instance, or a class that Nest makes.
 * - `'none'`: everybody.
 * - `'closed'`: nobody.
 *
 * @publicApi
 */
export type StatusAuth = RouteAuth;

/** What the status route is told. Also its injection token. */
export abstract class StatusSettings {
  /** Whether `GET /internal/tsmon` exists. */
  abstract readonly enabled: boolean;
  abstract readonly auth: StatusAuth;
}
