/** The part of an Express or Fastify request that is read. */
export interface RequestWithHeaders {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawHeaders?: readonly string[];
  /** Node's own request. Fastify has it here. */
  readonly raw?: { readonly rawHeaders?: readonly string[] };
}

/** Google's tokens have about 1 kB. Longer texts are refused without a check. */
const MAX_TOKEN_LENGTH = 8192;
const JSON_WEB_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const BEARER = 'Bearer ';

/** Returns the signed token of a request; undefined if there is none, or more than one Authorization header. */
export function bearerToken(request: RequestWithHeaders): string | undefined {
  const { authorization } = request.headers;
  if (
    typeof authorization !== 'string' ||
    authorization.length > BEARER.length + MAX_TOKEN_LENGTH ||
    !authorization.startsWith(BEARER) ||
    isRepeated('authorization', request)
  ) {
    return undefined;
  }
  const token = authorization.slice(BEARER.length);
  return JSON_WEB_TOKEN.test(token) ? token : undefined;
}

/** Whether a header occurs twice. Node gives only the first one, and a proxy may have checked another one. */
function isRepeated(name: string, { rawHeaders, raw }: RequestWithHeaders): boolean {
  const all = raw?.rawHeaders ?? rawHeaders ?? [];
  return all.filter((text, i) => i % 2 === 0 && text.toLowerCase() === name).length > 1;
}
