import { request } from 'node:http';

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * A request on a connection of its own, without a deadline: a server that is frozen may still answer. So it
 * is known of each request what became of it, which with connections that are used again it is not.
 *
 * @returns undefined where the server was gone, before or in the middle of it.
 */
export async function oneRequest(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer | undefined> {
  const { method = 'GET', headers, body } = options;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const sent = request(url, { method, headers, agent: false }, response => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (chunk: string) => (text += chunk))
          .on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
          .on('error', reject);
      });
      sent.on('error', reject).end(body);
    });
  } catch {
    return undefined;
  }
}
