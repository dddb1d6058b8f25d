import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, realpathSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/**
 * `firestore` is Firestore in Datastore mode, which takes locks, as production does. `datastore` is the Datastore
 * emulator in the mode of the same name: it detects conflicts at commit. `datastore-entity-groups` is that
 * emulator as the old Cloud Datastore: a transaction changes 25 entity groups at most.
 */
export type EmulatorKind = 'firestore' | 'datastore' | 'datastore-entity-groups';

/** A running emulator of Datastore. */
export interface Emulator {
  readonly kind: EmulatorKind;
  /** `127.0.0.1:12345`, as DATASTORE_EMULATOR_HOST and the client option apiEndpoint take it. */
  readonly host: string;
  /** Removes all data. */
  reset(): Promise<void>;
  /** Freezes it: connections stay open, and nothing is answered. */
  pause(): void;
  /** Ends the freeze: the emulator answers what it was sent meanwhile. */
  resume(): void;
  /** Ends the process, and waits until it is gone. */
  stop(): Promise<void>;
}

/** Keeps the clients from looking for a metadata server, which costs seconds outside of Google Cloud. */
process.env.METADATA_SERVER_DETECTION ??= 'none';

const JARS: Record<EmulatorKind, string> = {
  firestore: 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar',
  datastore: 'platform/cloud-datastore-emulator/CloudDatastore.jar',
  'datastore-entity-groups': 'platform/cloud-datastore-emulator/CloudDatastore.jar',
};

const HOW_TO_GET_THEM =
  'install Java 17 or newer and the Google Cloud CLI, then run: ' +
  'gcloud components install cloud-datastore-emulator cloud-firestore-emulator';

const sdkRoot = findSdkRoot();

/** Why the emulators cannot run here, and how to get them; undefined where they can. */
export const emulatorsMissing: string | undefined = whatIsMissing();

/** Whether the emulators can run here: `describe.skipIf(!emulatorsAvailable)`. */
export const emulatorsAvailable: boolean = emulatorsMissing === undefined;

if (emulatorsMissing) {
  process.stderr.write(`Tests on the Datastore emulators are skipped: ${emulatorsMissing}\n`);
}

/** An emulator lives for minutes: optimising its code and collecting garbage in parallel costs more than it saves. */
const JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
const WITH_PARENT = fileURLToPath(new URL('emulators-with-parent.sh', import.meta.url));
const START_ATTEMPTS = 3;
const START_DEADLINE_MS = 60_000;

/** Starts an emulator on a free port. It ends with {@link Emulator.stop}, and when this process ends, however it ends. */
export async function startEmulator(kind: EmulatorKind): Promise<Emulator> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const child = spawnWithParent('java', [...JVM, '-cp', jarOf(kind), ...mainOf(kind, port)]);
    const output = collectOutput(child);
    try {
      await answers(`http://127.0.0.1:${port}/`, child);
      return new RunningEmulator(kind, `127.0.0.1:${port}`, child);
    } catch (error) {
      await endOf(child);
      // Another process may have taken the port in between.
      if (attempt === START_ATTEMPTS) {
        throw new Error(`The ${kind} emulator does not start: ${String(error)}\n${output()}`, {
          cause: error,
        });
      }
    }
  }
}

class RunningEmulator implements Emulator {
  constructor(
    readonly kind: EmulatorKind,
    readonly host: string,
    private readonly child: ChildProcess,
  ) {}

  async reset(): Promise<void> {
    const response = await fetch(`http://${this.host}/reset`, { method: 'POST' });
    if (!response.ok) {
      throw new Error(`POST /reset of the ${this.kind} emulator: ${response.status}`);
    }
  }

  pause(): void {
    this.child.kill('SIGUSR1');
  }

  resume(): void {
    this.child.kill('SIGUSR2');
  }

  async stop(): Promise<void> {
    await endOf(this.child);
  }
}

function mainOf(kind: EmulatorKind, port: number): string[] {
  const address = ['--host=127.0.0.1', `--port=${port}`];
  return kind === 'firestore'
    ? [
        'com.google.cloud.datastore.emulator.firestore.CloudFirestore',
        ...address,
        '--database-mode=datastore-mode',
      ]
    : [
        'com.google.cloud.datastore.emulator.CloudDatastore',
        'start',
        ...address,
        '--testing',
        ...(kind === 'datastore' ? ['--firestore_in_datastore_mode'] : []),
      ];
}

/** Starts a command by a shell that kills it when this process ends. An exit hook would not run if this process is killed. */
function spawnWithParent(command: string, args: readonly string[]): ChildProcess {
  return spawn('sh', [WITH_PARENT, command, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
}

async function endOf(child: ChildProcess): Promise<void> {
  if (isRunning(child)) {
    const exit = once(child, 'exit');
    child.stdin?.end();
    await exit;
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + START_DEADLINE_MS;
  while (Date.now() < until && isRunning(child)) {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
    if (response?.ok) {
      return;
    }
    await sleep(50);
  }
  throw new Error(isRunning(child) ? `no answer on ${url}` : `java ended with ${child.exitCode}`);
}

function collectOutput(child: ChildProcess): () => string {
  let output = '';
  const add = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => output;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

function whatIsMissing(): string | undefined {
  if (!sdkRoot) {
    return `no Google Cloud CLI found; ${HOW_TO_GET_THEM}`;
  }
  const missing = [...new Set(Object.values(JARS))].filter(jar => !existsSync(join(sdkRoot, jar)));
  if (missing.length > 0) {
    return `${missing.join(' and ')} not found in it; ${HOW_TO_GET_THEM}`;
  }
  if (spawnSync('java', ['-version']).status !== 0) {
    return `no Java found; ${HOW_TO_GET_THEM}`;
  }
  return undefined;
}

function findSdkRoot(): string | undefined {
  if (process.env.CLOUDSDK_ROOT) {
    return process.env.CLOUDSDK_ROOT;
  }
  const beside = sdkRootOfPath();
  if (beside) {
    return beside;
  }
  const gcloud = spawnSync('gcloud', ['info', '--format=value(installation.sdk_root)'], {
    encoding: 'utf8',
  });
  return (gcloud.status === 0 && gcloud.stdout.trim()) || undefined;
}

/** Looks beside the program: to ask `gcloud` itself takes a second of Python, in every spec. */
function sdkRootOfPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const program = folders.map(folder => join(folder, 'gcloud')).find(path => existsSync(path));
  const root = program && dirname(dirname(realpathSync(program)));
  return root && existsSync(join(root, 'platform')) ? root : undefined;
}

function jarOf(kind: EmulatorKind): string {
  return join(sdkRoot ?? '', JARS[kind]);
}
