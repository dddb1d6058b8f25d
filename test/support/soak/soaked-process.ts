import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FlushReport } from 'nestjs-tsmon';
import { rolldown } from 'rolldown';
import { TestProcess, type Exit } from '../processes.js';
import type { HttpPlatform } from '../test-app.js';
import { SOAK_ENV, type CallbackMood, type SoakResources, type SoakState } from './protocol.js';

const SOURCE = fileURLToPath(new URL('soaked-app.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The settings of the application. */
export interface SoakedOptions {
  readonly platform: HttpPlatform;
  readonly monitorPort: number;
  /** The port of Datastore; left out if numbers are kept in memory. */
  readonly datastorePort?: number | undefined;
  /** The expiry of task numbers: without an answered heartbeat a number is used for half of it. */
  readonly expirationSec: number;
}

/** The application under soak, in a process of its own, with the built package. */
export class SoakedProcess {
  private constructor(
    private readonly process: TestProcess,
    readonly port: number,
    private readonly controlPort: number,
  ) {}

  static async start(options: SoakedOptions): Promise<SoakedProcess> {
    const { platform, monitorPort, datastorePort, expirationSec } = options;
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-tsmon-soak-'));
    const script = await compileInto(folder);
    const child = new TestProcess(process.execPath, [script], {
      METADATA_SERVER_DETECTION: 'none',
      [SOAK_ENV.adapter]: platform,
      [SOAK_ENV.monitorPort]: String(monitorPort),
      [SOAK_ENV.expirationSec]: String(expirationSec),
      ...(datastorePort && {
        [SOAK_ENV.datastorePort]: String(datastorePort),
        DATASTORE_EMULATOR_HOST: `127.0.0.1:${datastorePort}`,
      }),
    });
    try {
      const [, port, controlPort] = await child.prints(/Soaked at (\d+), and told .* at (\d+)\./);
      return new SoakedProcess(child, Number(port), Number(controlPort));
    } catch (error) {
      await child.end('SIGKILL');
      throw error;
    } finally {
      // Node has loaded the scripts.
      await rm(folder, { recursive: true });
    }
  }

  /** The output of the process. */
  get output(): string {
    return this.process.output;
  }

  state(): Promise<SoakState> {
    return this.tell('state');
  }

  resources(): Promise<SoakResources> {
    return this.tell('resources');
  }

  /** Flushes by hand, whether a flush is due or not. */
  flush(): Promise<FlushReport> {
    return this.tell('flush');
  }

  async setMood(mood: CallbackMood): Promise<void> {
    await this.tell('mood', mood);
  }

  /** Sets how far the clock of the process is ahead of the real time, or behind it. */
  async setClockAhead(aheadMs: number): Promise<void> {
    await this.tell('clock', String(aheadMs));
  }

  end(signal: NodeJS.Signals): Promise<Exit> {
    return this.process.end(signal);
  }

  private async tell<T>(command: string, argument = ''): Promise<T> {
    const url = `http://127.0.0.1:${this.controlPort}/${command}?${encodeURIComponent(argument)}`;
    const response = await fetch(url);
    if (!response.ok) {
      throw new Error(`The soaked application failed at ${command}: ${await response.text()}`);
    }
    return (await response.json()) as T;
  }
}

/** Node runs no TypeScript with decorators. What the application imports comes from where it was installed. */
async function compileInto(folder: string): Promise<string> {
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'soaked-app.mjs');
  const bundle = await rolldown({
    input: SOURCE,
    platform: 'node',
    // All packages, but for the few lines of its own that rolldown puts in.
    external: /^(?!@oxc-project\/)[@a-z]/,
  });
  await bundle.write({
    file,
    paths: {
      'nestjs-tsmon': join(ROOT, 'dist/entry/index.js'),
      'nestjs-tsmon/prodx': join(ROOT, 'dist/entry/prodx.js'),
    },
  });
  await bundle.close();
  return file;
}
