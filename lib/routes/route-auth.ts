import type { CanActivate, Type } from '@nestjs/common';
import { validateOidcAuth, type OidcAuth } from './oidc-auth.js';

/**
 * Who may call a route of this library.
 *
 * - `{ oidc }`: Google service accounts, such as the account of a Cloud Scheduler job, recognised by their OIDC token.
 * - `{ guard }`: all callers that a guard of the application allows. Give an instance, or a class that Nest creates.
 * - `'none'`: all callers, without any check.
 * - `'closed'`: no caller.
 *
 * @publicApi
 */
export type RouteAuth =
  | 'none'
  | 'closed'
  | {
      /** The allowed tokens. */
      readonly oidc: OidcAuth;
    }
  | {
      /** A guard, or its class. */
      readonly guard: CanActivate | Type<CanActivate>;
    };

/** The objects that {@link RouteAuth} allows, in words for messages. */
export const ROUTE_AUTH_OBJECTS =
  '{ oidc: { audience, serviceAccounts } } or { guard }, with a guard of Nest';

/**
 * Whether a value is a {@link RouteAuth}. Any class counts as a guard: only an instance shows its methods.
 *
 * @param option the name of the option for messages: `status.auth`.
 * @throws TypeError for an invalid `oidc`.
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
