import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Load } from './load.js';
import type { Platform, Variant } from './variants.js';

const SERVER = fileURLToPath(new URL('./server.js', import.meta.url));

/** A server in a process of its own, with the load that is put on it. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly load: Load,
  ) {}

  static async start(platform: Platform, variant: Variant): Promise<ServerProcess> {
    const child = fork(SERVER, [platform, variant], {
      execArgv: profiling(variant),
      env: { ...process.env, NODE_ENV: 'production', METADATA_SERVER_DETECTION: 'none' },
    });
    const { port } = await answerOf<{ port: number }>(child);
    return new ServerProcess(child, await Load.on(port));
  }

  /** Microseconds of CPU that a request takes, of so many. */
  async cpuUsPerRequest(requests: number): Promise<number> {
    const before = await this.cpuUs();
    await this.load.run(requests);
    return ((await this.cpuUs()) - before) / requests;
  }

  async stop(): Promise<void> {
    this.load.close();
    const exit = once(this.child, 'exit');
    this.child.disconnect();
    await exit;
  }

  private async cpuUs(): Promise<number> {
    const answer = answerOf<{ cpuUs: number }>(this.child);
    this.child.send('cpu');
    return (await answer).cpuUs;
  }
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const gone = new AbortController();
  const failure = once(child, 'exit', { signal: gone.signal }).then(([code]) => {
    throw new Error(`The server ended with code ${String(code)}.`);
  });
  try {
    const [message] = (await Promise.race([once(child, 'message'), failure])) as [T];
    return message;
  } finally {
    gone.abort();
    failure.catch(() => {});
  }
}

/** With `BENCH_PROFILE=<folder>` the servers write CPU profiles there. */
function profiling(variant: Variant): string[] {
  const folder = process.env.BENCH_PROFILE;
  return folder
    ? [
        '--cpu-prof',
        `--cpu-prof-dir=${folder}`,
        `--cpu-prof-name=${variant.replace(' ', '-')}-${Date.now()}.cpuprofile`,
      ]
    : [];
}
