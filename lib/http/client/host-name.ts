import type { ClientRequest } from 'node:http';

/** The longest host name of DNS. A longer text is not a host name: it may be anything that a user typed. */
const MAX_LENGTH = 253;

/** Returns the host of a URL, with the port if it is not the default. */
export function hostOfUrl(url: string | URL): string {
  return shortened(new URL(url).host);
}

/**
 * Returns the host that a request is sent to, with the port if it is not the default. Uses the Host header only if it names
 * the same host: a proxy may forward the header of its own client.
 */
export function hostOfRequest(request: ClientRequest): string {
  const host = request.host.includes(':') ? `[${request.host}]` : request.host;
  const header = request.getHeader('host');
  const withPort =
    typeof header === 'string' &&
    header.startsWith(host) &&
    /^(:\d{1,5})?$/.test(header.slice(host.length));
  return shortened((withPort ? header : host).toLowerCase());
}

function shortened(host: string): string {
  return host.slice(0, MAX_LENGTH);
}
