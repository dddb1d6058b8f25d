import { hostname } from 'node:os';
import { isMainThread, threadId } from 'node:worker_threads';
import { systemClock, type Clock } from '../clock/clock.js';
import { gcpMetadata, readMetadata, type MetadataReader } from './platform-metadata.js';
import { recognise, type RecognisedPlatform } from './platform-recognition.js';
import { Task } from '../targets/task.js';

export type { PlatformName } from './platform-recognition.js';

/** The platform of the process, and the names that the platform gives it. */
export interface Platform extends Omit<
  RecognisedPlatform,
  'projectId' | 'instanceId' | 'metadata'
> {
  /** The Google Cloud project, if known. */
  readonly projectId?: string;
  /** The platform's id of this instance; elsewhere host name, process id and, in a worker thread, the thread id. */
  readonly instanceId: string;
  /** The region, if known: `europe-west1`. */
  readonly region?: string;
}

const METADATA_TIMEOUT_MS = 2000;

/**
 * Finds out where the process runs. Asks the metadata server only if environment variables say that there is one, and
 * waits no longer than `timeoutMs`. Leaves out values that it could not read, and logs a warning.
 *
 * Environment variables do not show Compute Engine, nor whether a Kubernetes cluster runs on Google Cloud. Set
 * `METADATA_SERVER_DETECTION=assume-present` on both. `METADATA_SERVER_DETECTION=none` forbids asking.
 *
 * @default timeoutMs 2000
 */
export async function detectPlatform(
  env: NodeJS.ProcessEnv = process.env,
  metadata: MetadataReader = gcpMetadata,
  clock: Clock = systemClock,
  timeoutMs: number = METADATA_TIMEOUT_MS,
): Promise<Platform> {
  const { metadata: paths, ...recognised } = recognise(env);
  const read = await readMetadata(paths, metadata, clock, timeoutMs);
  return {
    ...recognised,
    projectId: recognised.projectId ?? read.projectId,
    instanceId: instanceIdOf(recognised, read.instanceId),
    region: read.region,
  };
}

/**
 * Adds process and thread to the id outside Google Cloud. There a machine or pod may run several processes, each with
 * several threads; on Google Cloud an instance is one process.
 */
function instanceIdOf(
  { onGoogleCloud, instanceId }: Pick<RecognisedPlatform, 'onGoogleCloud' | 'instanceId'>,
  fromMetadata: string | undefined,
): string {
  const known = instanceId ?? fromMetadata;
  if (onGoogleCloud && known !== undefined) {
    return known;
  }
  const processName = `${known ?? hostname()}-${process.pid}`;
  return isMainThread ? processName : `${processName}-${threadId}`;
}

/**
 * Makes the default target of an instance. As in luci-go: service = project, job = service, data center = region,
 * host = version. An unknown part is `unknown` on Google Cloud and `local` elsewhere.
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
