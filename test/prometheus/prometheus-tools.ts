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
  /** The exemplars of the last minute of the series that match. */
  exemplars(promql: string): Promise<ScrapedExemplar[]>;
  /** `up` or `down`, and why. */
  health(): Promise<string>;
  stop(): Promise<void>;
}

/** @param target host and port. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'tsmon-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  await writeFile(
    config,
    `scrape_configs:
  - job_name: tsmon
    scrape_interval: 2s
    scrape_timeout: 2s
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
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    return ((await response.json()) as { data: T }).data;
  };
  return {
    query: async promql =>
      (await get<{ result: Series[] }>(`query?query=${encodeURIComponent(promql)}`)).result,
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
