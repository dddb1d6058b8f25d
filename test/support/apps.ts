import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOUSEKEEPING_PATH } from '../../lib/housekeeping/housekeeping.controller.js';
import { TestProcess, type Exit } from './processes.js';

export type Adapter = 'express' | 'fastify';

/** A line of the debug monitor's JSON. */
export interface SentCell {
  readonly target: Readonly<Record<string, string | number>>;
  readonly metric: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  readonly value: unknown;
  readonly start?: string;
  readonly end: string;
}

const MAIN = fileURLToPath(new URL('../../dist-sample/main.js', import.meta.url));

/** The built sample app, as a process of its own. */
export class SampleApp {
  private constructor(
    readonly process: TestProcess,
    readonly url: string,
    private readonly logFile: string,
  ) {}

  /** Starts it on a free port, and waits until it listens. */
  static async start(
    apps: SampleApps,
    adapter: Adapter,
    env: Record<string, string> = {},
  ): Promise<SampleApp> {
    const logFile = await apps.newLogFile();
    const child = new TestProcess(process.execPath, [MAIN], {
      ADAPTER: adapter,
      PORT: '0',
      METADATA_SERVER_DETECTION: 'none',
      TSMON_LOG_FILE: logFile,
      TSMON_LOG_FORMAT: 'json',
      ...env,
    });
    apps.add(child);
    const [, port] = await child.prints(/open at http:\/\/[^\s/]+:(\d+)\//);
    return new SampleApp(child, `http://127.0.0.1:${port}`, logFile);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers });
  }

  order(order: object): Promise<Response> {
    return fetch(`${this.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });
  }

  /** Calls housekeeping as App Engine's cron does. */
  housekeeping(): Promise<Response> {
    return this.get(HOUSEKEEPING_PATH, { 'x-appengine-cron': 'true' });
  }

  /** The cells that it has sent, oldest first. */
  async sent(): Promise<SentCell[]> {
    const text = await readFile(this.logFile, 'utf8').catch(() => '');
    // The last line may still be on its way.
    const lines = text.split('\n').slice(0, -1);
    return lines.map(line => JSON.parse(line) as SentCell);
  }

  end(signal: NodeJS.Signals): Promise<Exit> {
    return this.process.end(signal);
  }
}

/** The processes and files of a test, to be removed after it. */
export class SampleApps {
  private readonly processes: TestProcess[] = [];
  private readonly folders: string[] = [];

  add(child: TestProcess): void {
    this.processes.push(child);
  }

  async newLogFile(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-tsmon-'));
    this.folders.push(folder);
    return join(folder, 'cells.jsonl');
  }

  async removeAll(): Promise<void> {
    await Promise.all(this.processes.splice(0).map(child => child.end('SIGKILL')));
    await Promise.all(this.folders.splice(0).map(folder => rm(folder, { recursive: true })));
  }
}
