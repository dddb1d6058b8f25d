import type { CanActivate, Type } from '@nestjs/common';

/**
 * Who may call a route of this library.
 *
 * - `{ guard }`: whom a guard of the application lets in; an instance, or a class that Nest makes.
 * - `'none'`: everybody.
 * - `'closed'`: nobody.
 *
 * @publicApi
 */
export type RouteAuth = 'none' | 'closed' | { readonly guard: CanActivate | Type<CanActivate> };

/** True for what a route can go by. A class is taken for a guard: only an instance shows what it can do. */
export function isRouteAuth(auth: unknown): auth is RouteAuth {
  if (typeof auth !== 'object' || auth === null) {
    return auth === 'none' || auth === 'closed';
  }
  const { guard } = auth as { guard?: unknown };
  return (
    typeof guard === 'function' ||
    typeof (guard as Partial<CanActivate> | null | undefined)?.canActivate === 'function'
  );
}
