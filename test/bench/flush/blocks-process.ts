import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Effort } from '../bench-table.js';
import type { Kind } from '../our-metrics.js';
import { Backend } from './backend.js';
import { EXPORTERS, type ExporterName } from './exporters.js';
import { longestDelayMs } from './probe.js';

/** The longest delays of the probe, in milliseconds. The numbers of a round belong together. */
export interface MeasuredBlocks {
  readonly flushing: readonly number[];
  readonly quiet: readonly number[];
}

const ROUNDS = { short: 5, long: 15 } as const;
const WARM_UP_ROUNDS = 3;
/** Between two flushes, so that what recording left behind is no part of them. */
const PAUSE_MS = 300;
const TRAFFIC = fileURLToPath(new URL('./traffic-process.js', import.meta.url));

const [name, kind, cells, effort] = process.argv.slice(2) as [ExporterName, Kind, string, Effort];
const backend = await Backend.start();
const flushed = EXPORTERS[name](kind, Number(cells), backend);
const application = createServer((_, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ hello: 'world' }));
});
await new Promise<void>(resolve => application.listen(0, '127.0.0.1', resolve));
const { port } = application.address() as AddressInfo;
const traffic = fork(TRAFFIC, [`http://127.0.0.1:${port}/`], { execArgv: [] });

for (let round = 0; round < WARM_UP_ROUNDS; round++) {
  await measure();
}
const measured = { flushing: [] as number[], quiet: [] as number[] };
for (let round = 0; round < ROUNDS[effort]; round++) {
  const { flushing, quiet } = await measure();
  measured.flushing.push(flushing);
  measured.quiet.push(quiet);
}
traffic.kill();
await backend.stop();
process.send!(measured satisfies MeasuredBlocks, () => process.exit());

/** A flush, and then as long a time without one. */
async function measure(): Promise<{ flushing: number; quiet: number }> {
  flushed.record(1);
  await sleep(PAUSE_MS);
  const startMs = performance.now();
  const flushing = await longestDelayMs(() => flushed.flush());
  const tookMs = performance.now() - startMs;
  await sleep(PAUSE_MS);
  const quiet = await longestDelayMs(() => sleep(tookMs));
  return { flushing, quiet };
}
