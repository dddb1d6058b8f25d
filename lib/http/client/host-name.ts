import type { ClientRequest } from 'node:http';

/** The longest host name of DNS. A longer text is not a name, and may be anything a user typed. */
const MAX_LENGTH = 253;

/** The host of a URL, with its port where that is not the default one. */
export function hostOfUrl(url: string | URL): string {
  return shortened(new URL(url).host);
}

/**
 * The host that a request is sent to, with its port where that is not the default one. The header is believed
 * only where it names the same host: a proxy may hand on one of its own clients.
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
