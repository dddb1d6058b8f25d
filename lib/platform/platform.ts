import { hostname } from 'node:os';
import { isMainThread, threadId } from 'node:worker_threads';
import { systemClock, type Clock } from '../clock/clock.js';
import { gcpMetadata, readMetadata, type MetadataReader } from './platform-metadata.js';
import { recognise, type PlatformName, type RecognisedPlatform } from './platform-recognition.js';
import { Task } from '../targets/task.js';

export type { PlatformName } from './platform-recognition.js';

/**
 * What the process runs on, and what it is called there.
 */
export interface Platform {
  readonly name: PlatformName;
  readonly onGoogleCloud: boolean;
  /** True where a process may get CPU only while it serves a request. */
  readonly throttlesCpu: boolean;
  /** True where a front end strips forged `X-Appengine-` headers from requests. */
  readonly trustsAppEngineHeaders: boolean;
  /** The Google Cloud project, if it is known. */
  readonly projectId?: string;
  /** The deployed service, job or function; elsewhere the name of the npm package, or `app`. */
  readonly service: string;
  /** The deployed version or revision; the empty string where there is none. */
  readonly version: string;
  /** What the platform calls this instance; elsewhere host name, process id and, in a worker thread, its number. */
  readonly instanceId: string;
  /** The region, if it is known: `europe-west1`. */
  readonly region?: string;
}

const METADATA_TIMEOUT_MS = 2000;

/**
 * Says where the process runs. The metadata server is asked only where environment variables say that there
 * is one, and never for longer than `timeoutMs`: what could not be read is left out, with a warning in the log.
 *
 * These variables give away neither Compute Engine nor whether a Kubernetes cluster is one of Google's: set
 * `METADATA_SERVER_DETECTION=assume-present` there. `METADATA_SERVER_DETECTION=none` forbids asking.
 *
 * @default timeoutMs 2000
 */
export async function detectPlatform(
  env: NodeJS.ProcessEnv = process.env,
  metadata: MetadataReader = gcpMetadata,
  clock: Clock = systemClock,
  timeoutMs: number = METADATA_TIMEOUT_MS,
): Promise<Platform> {
  const recognised = recognise(env);
  const read = await readMetadata(recognised.metadata, metadata, clock, timeoutMs);
  return {
    name: recognised.name,
    onGoogleCloud: recognised.onGoogleCloud,
    throttlesCpu: recognised.throttlesCpu,
    trustsAppEngineHeaders: recognised.trustsAppEngineHeaders,
    projectId: recognised.projectId ?? read.projectId,
    service: recognised.service,
    version: recognised.version,
    instanceId: instanceIdOf(recognised, read.instanceId),
    region: read.region,
  };
}

/** Only on Google Cloud is an instance one process: elsewhere a machine or a pod may run several, and each several threads. */
function instanceIdOf(
  { onGoogleCloud, instanceId }: RecognisedPlatform,
  fromMetadata: string | undefined,
): string {
  const known = instanceId ?? fromMetadata;
  if (onGoogleCloud && known !== undefined) {
    return known;
  }
  const ofProcess = `${known ?? hostname()}-${process.pid}`;
  return isMainThread ? ofProcess : `${ofProcess}-${threadId}`;
}

/**
 * The target of an instance whose options name none, as luci-go has it: service = project, job = service,
 * data center = region, host = version. What is not known is `unknown` on Google Cloud, `local` elsewhere.
 */
export function defaultTask(platform: Platform): Task {
  const missing = platform.onGoogleCloud ? 'unknown' : 'local';
  return new Task({
    serviceName: platform.projectId ?? missing,
    jobName: platform.service,
    dataCenter: platform.region ?? missing,
    hostName: platform.version,
  });
}
