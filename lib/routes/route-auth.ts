import type { CanActivate, Type } from '@nestjs/common';
import { validateOidcAuth, type OidcAuth } from './oidc-auth.js';

/**
 * Who may call a route of this library.
 *
 * - `{ oidc }`: service accounts of Google, such as the account of a Cloud Scheduler job, by the OIDC token that they send.
 * - `{ guard }`: whom a guard of the application lets in; an instance, or a class that Nest makes.
 * - `'none'`: everybody.
 * - `'closed'`: nobody.
 *
 * @publicApi
 */
export type RouteAuth =
  | 'none'
  | 'closed'
  | {
      /** Which tokens open the route. */
      readonly oidc: OidcAuth;
    }
  | {
      /** A guard, or the class of one. */
      readonly guard: CanActivate | Type<CanActivate>;
    };

/** What may be written for an object of {@link RouteAuth}, for messages. */
export const ROUTE_AUTH_OBJECTS =
  '{ oidc: { audience, serviceAccounts } } or { guard }, with a guard of Nest';

/**
 * True for what a route can go by. A class is taken for a guard: only an instance shows what it can do.
 *
 * @param option names the option in messages: `status.auth`.
 * @throws TypeError for an `oidc` that is not right.
 */
export function isRouteAuth(option: string, auth: unknown): auth is RouteAuth {
  if (typeof auth !== 'object' || auth === null) {
    return auth === 'none' || auth === 'closed';
  }
  if (Object.values(auth).filter(value => value !== undefined).length !== 1) {
    return false;
  }
  const { oidc, guard } = auth as { oidc?: unknown; guard?: unknown };
  if (oidc !== undefined) {
    validateOidcAuth(`${option}.oidc`, oidc);
    return true;
  }
  return (
    typeof guard === 'function' ||
    typeof (guard as Partial<CanActivate> | null | undefined)?.canActivate === 'function'
  );
}
