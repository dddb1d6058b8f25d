import { custom, isFunction, type Schema } from '../validation/schema.js';

/** A client of `google-auth-library`, or an object with the same method. */
export interface Authorizer {
  /** Resolves to a `Headers` since version 10 of google-auth-library, and to a plain object before. */
  getRequestHeaders(
    url?: string,
  ): Promise<Readonly<Record<string, string>> | Iterable<readonly [name: string, value: string]>>;
}

/** Returns the headers that authorize a request, by name. */
export async function authorizationHeaders(
  authorizer: Authorizer,
  url: string,
): Promise<Record<string, string>> {
  const headers = await authorizer.getRequestHeaders(url);
  return Object.fromEntries(Symbol.iterator in headers ? headers : Object.entries(headers));
}

/** An option that takes what authorizes requests. A string that is given by mistake may be a token, so nothing is shown. */
export function authorizerOption<A extends Authorizer>(): Schema<A> {
  return custom({
    wanted: 'an object with getRequestHeaders(), such as a GoogleAuth',
    isType: (given): given is A => isFunction((given as A | null | undefined)?.getRequestHeaders),
    isSecret: true,
  });
}
