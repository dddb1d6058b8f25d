import { systemClock, type Clock } from '../../../lib/clock/clock.js';
import { ClientHooks } from '../../../lib/http/client/client-hooks.js';
import { httpBucketersOptions } from '../../../lib/http/server/http-options.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { cells } from '../server/cells.js';
import { until } from '../server/harness.js';
import { atEnd } from './backend.js';

export interface Watched {
  readonly hooks: ClientHooks;
  readonly registry: Registry;
  readonly stop: () => void;
}

/** Watches the requests that this process makes, until the test is over. */
export function watch(clock: Clock = systemClock): Watched {
  const registry = new Registry();
  const hooks = new ClientHooks(registry, clock, httpBucketersOptions.check({}, 'http.bucketers'));
  const stop = hooks.start();
  atEnd(stop);
  return { hooks, registry, stop };
}

/** The requests recorded so far, as `status name client: count`. */
export function statuses({ registry }: Watched): string[] {
  return cells(registry)
    .filter(cell => cell.startsWith('http/response_status'))
    .map(cell => cell.replace('http/response_status ', '').replaceAll(',', ' '));
}

export interface Sums {
  readonly sent: number | undefined;
  readonly received: number | undefined;
  /** How many of each were recorded. */
  readonly counts: readonly [sent: number, received: number, durations: number];
}

/** What was recorded of a host by a client. */
export function sums({ hooks }: Watched, name: string, client: 'undici' | 'http'): Sums {
  const { requestBytes, responseBytes, durations } = hooks.metrics;
  const fields = { name, client };
  const sent = requestBytes.get(fields);
  const received = responseBytes.get(fields);
  return {
    sent: sent?.sum,
    received: received?.sum,
    counts: [sent?.count ?? 0, received?.count ?? 0, durations.get(fields)?.count ?? 0],
  };
}

/** Waits until the end of so many responses was recorded. */
export async function responses(
  watched: Watched,
  name: string,
  client: 'undici' | 'http',
  count = 1,
): Promise<Sums> {
  await until(() => sums(watched, name, client).counts[1] >= count, `${count} ends of responses`);
  return sums(watched, name, client);
}

/** Waits until so many requests are counted. */
export async function counted(watched: Watched, count: number): Promise<string[]> {
  const total = (): number =>
    statuses(watched).reduce((sum, cell) => sum + Number(cell.split(': ')[1]), 0);
  await until(() => total() >= count, `${count} requests; counted: ${statuses(watched).join()}`);
  return statuses(watched);
}
