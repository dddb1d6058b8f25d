import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const missing = ['promtool', 'prometheus'].filter(
  command => spawnSync(command, ['--version']).status !== 0,
);

/** Why Prometheus cannot run here, and how to get it; undefined where it can. */
export const prometheusMissing: string | undefined =
  missing.length > 0
    ? `${missing.join(' and ')} not found; get both by: apt-get install prometheus`
    : undefined;

if (prometheusMissing) {
  process.stderr.write(`Tests with Prometheus are skipped: ${prometheusMissing}\n`);
}

/** What `promtool check metrics` says of an exposition: nothing where it has nothing to complain of. */
export function promtoolProblems(text: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text });
  const problems = `${stdout.toString()}${stderr.toString()}`;
  return status === 0 ? problems : `${problems} (exit code ${status})`;
}

/** One series that Prometheus has. */
export interface Series {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
}

/** The values of one series over a time. */
export interface RangeSeries {
  /** Its labels. */
  readonly name: string;
  readonly points: readonly [atSec: number, value: number][];
}

/** One exemplar that Prometheus has. */
export interface ScrapedExemplar {
  readonly labels: Record<string, string>;
  readonly value: string;
  readonly timestamp: number;
}

/** A Prometheus that scrapes one address every 2 seconds. */
export interface Prometheus {
  /** The present value of each series that matches. */
  query(promql: string): Promise<Series[]>;
  /** The values of each series that matches, with the labels that tell it from the others, between two times. */
  range(promql: string, fromSec: number, toSec: number, stepSec: number): Promise<RangeSeries[]>;
  /** Why a query is wrong; undefined where it is right. */
  error(promql: string): Promise<string | undefined>;
  /** The exemplars of the last minute of the series that match. */
  exemplars(promql: string): Promise<ScrapedExemplar[]>;
  /** `up` or `down`, and why. */
  health(): Promise<string>;
  stop(): Promise<void>;
}

/** What `promtool` says when it tests alerting rules. Empty when each alert fires as the test wants. */
export async function promtoolTestProblems(rules: object, test: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tsmon-rules-'));
  try {
    await writeFile(join(folder, 'rules.json'), JSON.stringify(rules));
    const file = join(folder, 'test.json');
    await writeFile(file, JSON.stringify({ rule_files: ['rules.json'], ...test }));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file]);
    return status === 0 ? '' : `${stdout.toString()}${stderr.toString()}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param target host and port.
 * @param path the path that is scraped.
 */
export async function startPrometheus(target: string, path = '/metrics'): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'tsmon-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  await writeFile(
    config,
    `scrape_configs:
  - job_name: tsmon
    scrape_interval: 2s
    scrape_timeout: 2s
    metrics_path: ${path}
    static_configs:
      - targets: ['${target}']
`,
  );
  const port = await freePort();
  const server = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
      '--enable-feature=exemplar-storage',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const kill = (): unknown => server.kill('SIGKILL');
  process.once('exit', kill);
  const answer = async <T>(call: string): Promise<{ data: T; error?: string }> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${call}`);
    return (await response.json()) as { data: T; error?: string };
  };
  const get = async <T>(call: string): Promise<T> => (await answer<T>(call)).data;
  return {
    query: async promql =>
      (await get<{ result: Series[] }>(`query?query=${encodeURIComponent(promql)}`)).result,
    range: async (promql, fromSec, toSec, stepSec) => {
      const query = `query=${encodeURIComponent(promql)}&start=${fromSec}&end=${toSec}&step=${stepSec}`;
      const { result } = await get<{ result: RangeAnswer[] }>(`query_range?${query}`);
      return result.map(({ metric: { __name__, ...labels }, values }) => ({
        name: Object.values(labels).join(' ') || (__name__ ?? ''),
        points: values.map(([atSec, value]) => [atSec, Number(value)]),
      }));
    },
    error: async promql => (await answer(`query?query=${encodeURIComponent(promql)}`)).error,
    exemplars: async promql => {
      const now = Date.now() / 1000;
      const query = `query=${encodeURIComponent(promql)}&start=${now - 60}&end=${now + 1}`;
      const series = await get<{ exemplars: ScrapedExemplar[] }[]>(`query_exemplars?${query}`);
      return series.flatMap(({ exemplars }) => exemplars);
    },
    health: async () => {
      const { activeTargets } = await get<{
        activeTargets: { health: string; lastError: string }[];
      }>('targets');
      const { health, lastError } = activeTargets[0]!;
      return `${health} ${lastError}`.trim();
    },
    stop: async () => {
      process.off('exit', kill);
      if (server.exitCode === null) {
        kill();
        await once(server, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface RangeAnswer {
  readonly metric: Record<string, string>;
  readonly values: readonly [number, string][];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
