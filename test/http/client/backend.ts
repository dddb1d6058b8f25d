import { once } from 'node:events';
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
} from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

const ends: (() => unknown)[] = [];

/** Leaves no port open, whatever a test did. */
export function endAfterEach(): void {
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) {
      await end();
    }
  });
}

/** To be done when the test is over. */
export function atEnd(end: () => unknown): void {
  ends.push(end);
}

export interface Backend {
  readonly port: number;
  readonly url: string;
  /** What the metrics call it. */
  readonly name: string;
}

/** A server on a free port. */
export async function serve(listener: RequestListener): Promise<Backend> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, name: `127.0.0.1:${port}` };
}

/** Reads the request, and answers with this text. */
export const answering =
  (text: string): RequestListener =>
  (incoming, response) => {
    incoming.resume().on('end', () => response.end(text));
  };

/** A port where nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** An agent that keeps connections until the test is over. */
export function keepAlive(options: { maxSockets?: number } = {}): Agent {
  const agent = new Agent({ keepAlive: true, ...options });
  atEnd(() => agent.destroy());
  return agent;
}

/** A request by `node:http`, with a body in parts; resolves when the response was read to its end. */
export async function ask(
  url: string,
  options: RequestOptions = {},
  parts: readonly (string | Buffer)[] = [],
): Promise<string> {
  const outgoing = request(url, { agent: false, ...options });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  parts.forEach(part => outgoing.write(part));
  outgoing.end();
  const [response] = await answered;
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
  }
  return text;
}

/** A stream as the body of a `fetch`, whose length nobody knows. */
export function streamOf(...parts: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      parts.forEach(part => controller.enqueue(new TextEncoder().encode(part)));
      controller.close();
    },
  });
}
