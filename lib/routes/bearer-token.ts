/** What is read of a request, express's or fastify's. */
export interface RequestWithHeaders {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawHeaders?: readonly string[];
  /** Node's own request, where the platform has one of another kind. */
  readonly raw?: { readonly rawHeaders?: readonly string[] };
}

/** Tokens of Google have about 1 kB. What is longer is not looked at. */
const LONGEST_TOKEN = 8192;
const JSON_WEB_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const BEARER = 'Bearer ';

/** The signed token of a request; undefined where there is none, or more than one header that could hold it. */
export function bearerToken(request: RequestWithHeaders): string | undefined {
  const { authorization } = request.headers;
  if (
    typeof authorization !== 'string' ||
    authorization.length > BEARER.length + LONGEST_TOKEN ||
    !authorization.startsWith(BEARER) ||
    isRepeated('authorization', request)
  ) {
    return undefined;
  }
  const token = authorization.slice(BEARER.length);
  return JSON_WEB_TOKEN.test(token) ? token : undefined;
}

/** Of several headers of that name Node gives the first alone, and a proxy may have looked at another one. */
function isRepeated(name: string, { rawHeaders, raw }: RequestWithHeaders): boolean {
  const all = raw?.rawHeaders ?? rawHeaders ?? [];
  return all.filter((text, i) => i % 2 === 0 && text.toLowerCase() === name).length > 1;
}
