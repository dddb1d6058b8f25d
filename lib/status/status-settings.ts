import type { RouteAuth } from '../routes/route-auth.js';

/**
 * Who may call the status route.
 *
 * - `{ oidc }`: Google service accounts, recognised by their OIDC token.
 * - `{ guard }`: all callers that a guard of the application allows. Give an instance, or a class that Nest creates.
 * - `'none'`: all callers, without any check.
 * - `'closed'`: no caller.
 *
 * @publicApi
 */
export type StatusAuth = RouteAuth;

/** Settings of the status routes. Also the injection token. */
export abstract class StatusSettings {
  /** Whether `GET /internal/tsmon` exists. */
  abstract readonly enabled: boolean;
  abstract readonly auth: StatusAuth;
}
