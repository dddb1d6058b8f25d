import type { CanActivate, Type } from '@nestjs/common';
import { outOfRange } from '../validation/option-errors.js';
import { isObject, object, oneOf, optional, custom, type Schema } from '../validation/schema.js';
import { oidcAuth, type OidcAuth } from './oidc-auth.js';

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

/** The forms of {@link RouteAuth} that are objects. */
type RouteAuthObject = Exclude<RouteAuth, string>;

const OBJECTS = '{ oidc: { audience, serviceAccounts } } or { guard }, with a guard of Nest';

const authObject = object({
  oidc: optional(oidcAuth),
  guard: optional(custom({ wanted: 'a guard of Nest, or the class of one', isType: isGuard })),
});

/** Who may call a route: one of these words, or an object of {@link RouteAuth}. */
export function routeAuth<const Word extends string>(
  words: readonly Word[],
  { default: ifLeftOut }: { readonly default?: Word } = {},
): Schema<Word | RouteAuthObject> {
  const wanted = `${words.map(each => `'${each}'`).join(', ')}, ${OBJECTS}`;
  const word = oneOf(words, { wanted, default: ifLeftOut });
  return {
    wanted,
    check(given, path) {
      if (!isObject(given)) {
        return word.check(given, path);
      }
      const { oidc, guard } = authObject.check(given, path);
      if ((oidc === undefined) === (guard === undefined)) {
        throw outOfRange(path, wanted, given);
      }
      return oidc ? { oidc } : { guard: guard! };
    },
  };
}

/** Any class counts as a guard: only an instance shows its methods. */
function isGuard(given: unknown): given is CanActivate | Type<CanActivate> {
  return (
    typeof given === 'function' ||
    typeof (given as Partial<CanActivate> | null | undefined)?.canActivate === 'function'
  );
}
