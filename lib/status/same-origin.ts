import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request comes from a page of the same origin, or not from a browser. Browsers send the origin in
 * `Sec-Fetch-Site`, or over plain HTTP in `Origin`. A client that sends neither header is not a browser.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) {
    return site === 'same-origin';
  }
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
