import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../clock/clock.js';

/** The part of an HTTP server that says whether it listens. */
interface ListeningServer {
  readonly listening: boolean;
  once(event: 'listening', listener: () => void): unknown;
}

/** Fastify also listens on a second address before `listen()` of the application resolves. */
const LISTEN_RESOLVES_MS = 50;
/** An adapter for a serverless platform calls the application without a server that listens. */
const LONGEST_WAIT_MS = 10_000;

/**
 * Waits until the HTTP server of a started application listens, so that work which blocks the process does not delay its start.
 * Does not wait for long where no server listens.
 *
 * @param server undefined if the application has none.
 */
export function untilListening(server: unknown): Promise<void> {
  if (!isServer(server)) {
    return setImmediate();
  }
  return new Promise(resolve => {
    const resolveAfter = (ms: number): void => {
      systemClock.after(ms, resolve, { unref: true });
    };
    if (server.listening) {
      resolveAfter(LISTEN_RESOLVES_MS);
      return;
    }
    server.once('listening', () => resolveAfter(LISTEN_RESOLVES_MS));
    resolveAfter(LONGEST_WAIT_MS);
  });
}

function isServer(value: unknown): value is ListeningServer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'listening' in value &&
    'once' in value &&
    typeof value.once === 'function'
  );
}
