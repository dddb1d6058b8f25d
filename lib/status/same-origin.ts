import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request that changes something does not come from a page of another site. Browsers say so in
 * `Sec-Fetch-Site`, and where they leave that out, over plain HTTP, in `Origin`; who sends neither is no browser.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) {
    return site === 'same-origin';
  }
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
