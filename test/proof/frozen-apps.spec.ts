import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OtlpRequest } from '../monitors/opentelemetry/otlp-server.js';
import { emulatorsAvailable } from '../support/emulators.js';
import { FakeCloudRun } from '../support/fake-cloud-run.js';
import {
  buildMigrated,
  MIGRATED,
  type MigratedName,
  type Version,
} from '../support/migrated-apps.js';
import { collectedBy, monitoredBy, servicesOf } from '../support/migrated-totals.js';
import { TestProcess } from '../support/processes.js';
import { SeededRandom } from '../support/seeded-random.js';

/** How long an instance keeps its CPU after each response. */
const CPU_AFTER_MS = [0, 50, 150] as const;
const REQUESTS = 25;
/** Between exports, flushes and scrapes. Cloud Monitoring allows no shorter one. */
const INTERVAL_SEC = 5;
const MOST_IDLE_MS = 6000;
/** The time that a collector in the same region may take. */
const COLLECTOR_MS = 150;

/** Scrapes an application from within the same instance, and passes on what it has read. */
const SIDECAR = `setInterval(async () => {
  const text = await (await fetch(process.env.APP + '/metrics')).text();
  const value = /^orders_total{.*} (\\d+)$/m.exec(text)?.[1] ?? '0';
  await fetch(process.env.BACKEND + '/' + process.env.SERVICE + '/' + value);
}, ${INTERVAL_SEC * 1000});
console.log('scrapes');
`;

/** How many orders had arrived, and when. */
class Arrivals {
  private readonly at: number[] = [];

  note(total: number): void {
    while (this.at.length < total) {
      this.at.push(Date.now());
    }
  }

  get count(): number {
    return this.at.length;
  }

  /** How long after its order was answered each count arrived; 0 if it was before. */
  ages(answeredAt: readonly number[]): number[] {
    return this.at.slice(0, answeredAt.length).map((at, i) => Math.max(0, at - answeredAt[i]!));
  }
}

/** An application and what runs beside it, which are frozen together. */
interface Instance {
  readonly service: string;
  readonly cpuMs: number;
  readonly url: string;
  readonly arrived: Arrivals;
  readonly processes: readonly TestProcess[];
}

interface Result {
  readonly service: string;
  readonly arrived: number;
  readonly afterSigterm: number | undefined;
  readonly medianAgeMs: number;
  readonly worstAgeMs: number;
  readonly longestWaitMs: number;
}

describe.skipIf(!emulatorsAvailable)('an instance that is frozen after each response', () => {
  let cloudRun: FakeCloudRun;
  const arrivals = new Map<string, Arrivals>();
  const requests = new Map<string, OtlpRequest[]>();
  const running: TestProcess[] = [];
  const scraped = createServer(({ url = '' }, response) => {
    const [, service = '', total = ''] = url.split('/');
    arrivals.get(service)?.note(Number(total));
    response.end();
  });

  beforeAll(async () => {
    cloudRun = await FakeCloudRun.start();
    scraped.listen(0, '127.0.0.1');
    await once(scraped, 'listening');
    cloudRun.collector.judge = request => {
      for (const service of servicesOf(request)) {
        const own = requests.get(service) ?? [];
        requests.set(service, [...own, request]);
        arrivals
          .get(service)
          ?.note(collectedBy({ requests: [...own, request] }, service, 'shop.orders'));
      }
      return { after: sleep(COLLECTOR_MS) };
    };
    for (const name of MIGRATED) {
      for (const version of ['before', 'after'] as const) {
        shortenInterval(buildMigrated(name, version, cloudRun.folder));
      }
    }
    writeFileSync(join(cloudRun.folder, 'sidecar.mjs'), SIDECAR);
  }, 90_000);

  afterAll(async () => {
    await Promise.all(running.map(child => child.end('SIGKILL')));
    scraped.closeAllConnections();
    scraped.close();
    await cloudRun?.stop();
  });

  async function start(name: MigratedName, version: Version, cpuMs: number): Promise<Instance> {
    const service = `${name}-${version}-${cpuMs}`;
    const arrived = new Arrivals();
    arrivals.set(service, arrived);
    const { child, url } = await cloudRun.run(join(cloudRun.folder, `${name}-${version}`), service);
    running.push(child);
    const sidecar = name === 'nestjs-prometheus' && version === 'before';
    const processes = sidecar ? [child, await startSidecar(url, service)] : [child];
    return { service, cpuMs, url, arrived, processes };
  }

  async function startSidecar(url: string, service: string): Promise<TestProcess> {
    const BACKEND = `http://127.0.0.1:${(scraped.address() as AddressInfo).port}`;
    const env = { APP: url, BACKEND, SERVICE: service };
    const sidecar = new TestProcess(process.execPath, [join(cloudRun.folder, 'sidecar.mjs')], env);
    running.push(sidecar);
    await sidecar.prints(/scrapes/);
    return sidecar;
  }

  async function measure({ service, cpuMs, url, arrived, processes }: Instance): Promise<Result> {
    // Cloud Monitoring tells nobody that something has arrived.
    const look = (): void => arrived.note(monitoredBy(cloudRun.monitoring, service));
    const watch = setInterval(look, 20);
    const random = new SeededRandom(1);
    const answeredAt: number[] = [];
    let longestWaitMs = 0;
    for (let i = 0; i < REQUESTS; i++) {
      processes.forEach(each => each.resume());
      const askedAt = Date.now();
      await (await fetch(`${url}/orders`, { method: 'POST' })).text();
      answeredAt.push(Date.now());
      // The first flush also loads packages, and gets a task number.
      longestWaitMs = i === 0 ? 0 : Math.max(longestWaitMs, Date.now() - askedAt);
      await sleep(cpuMs);
      processes.forEach(each => each.freeze());
      await sleep(100 + random.below(MOST_IDLE_MS));
    }
    const ages = arrived.ages(answeredAt).toSorted((a, b) => a - b);
    const arrivedBefore = arrived.count;
    processes.forEach(each => each.resume());
    await processes[0]!.end('SIGTERM');
    await sleep(COLLECTOR_MS);
    clearInterval(watch);
    look();
    return {
      service,
      arrived: arrivedBefore,
      afterSigterm: processes.length > 1 ? undefined : arrived.count,
      medianAgeMs: ages[Math.floor(ages.length / 2)] ?? Infinity,
      worstAgeMs: ages.at(-1) ?? Infinity,
      longestWaitMs,
    };
  }

  it('delivers each order once with this library, and fresher than before where it has no CPU', async () => {
    const cases = MIGRATED.flatMap(name =>
      CPU_AFTER_MS.flatMap(cpuMs => [
        [name, 'before', cpuMs] as const,
        [name, 'after', cpuMs] as const,
      ]),
    );
    const instances = await Promise.all(
      cases.map(([name, version, cpuMs]) => start(name, version, cpuMs)),
    );
    const results = await Promise.all(instances.map(measure));
    process.stdout.write(`${results.map(row).join('\n')}\n`);
    const after = results.filter(({ service }) => service.includes('-after-'));
    expect(after.map(({ service, afterSigterm }) => [service, afterSigterm])).toEqual(
      after.map(({ service }) => [service, REQUESTS]),
    );
    // With CPU after each response an export that is late may still succeed.
    for (const name of MIGRATED) {
      const [was, is] = ['before', 'after'].map(version =>
        results.find(({ service }) => service === `${name}-${version}-0`),
      );
      expect(is!.medianAgeMs).toBeLessThan(was!.medianAgeMs);
    }
  });
});

/** Changes the interval of exports or flushes in what was built, so that a run is short. */
function shortenInterval(folder: string): void {
  const paths = ['app.module.js', 'tracing.js'].map(file => join(folder, 'dist', file));
  for (const path of paths.filter(existsSync)) {
    const text = readFileSync(path, 'utf8')
      .replace('.forRoot({ sources', `.forRoot({ flush: { intervalSec: ${INTERVAL_SEC} }, sources`)
      .replace(
        'Reader({ exporter',
        `Reader({ exportIntervalMillis: ${INTERVAL_SEC * 1000}, exporter`,
      );
    writeFileSync(path, text);
  }
}

function row({
  service,
  arrived,
  afterSigterm,
  medianAgeMs,
  worstAgeMs,
  longestWaitMs,
}: Result): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return `| ${service} | ${arrived} | ${afterSigterm ?? '–'} | ${seconds(medianAgeMs)} | ${seconds(worstAgeMs)} | ${longestWaitMs} ms |`;
}
