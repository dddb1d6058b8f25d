import type { MetadataPaths } from './platform-metadata.js';

/** The platforms that this library recognises. `other` is everything else: a laptop, a test, another cloud. */
export type PlatformName =
  | 'app-engine-standard'
  | 'app-engine-flexible'
  | 'cloud-run'
  | 'cloud-run-job'
  | 'cloud-run-worker-pool'
  | 'cloud-functions'
  | 'kubernetes'
  | 'compute-engine'
  | 'other';

/** What environment variables say about the platform of the process. */
export interface RecognisedPlatform {
  readonly name: PlatformName;
  readonly onGoogleCloud: boolean;
  /** True if a process may get CPU only while it serves a request. */
  readonly throttlesCpu: boolean;
  /** True if a front end strips forged `X-Appengine-` headers from requests. */
  readonly trustsAppEngineHeaders: boolean;
  readonly projectId: string | undefined;
  /** The deployed service, job or function; elsewhere the name of the npm package or `app`. */
  readonly service: string;
  /** The deployed version or revision; the empty string if there is none. */
  readonly version: string;
  readonly instanceId: string | undefined;
  /** The values that the metadata server can add; empty if it must not be asked. */
  readonly metadata: MetadataPaths;
}

interface Traits {
  name: PlatformName;
  onGoogleCloud?: boolean;
  throttlesCpu?: boolean;
  trustsAppEngineHeaders?: boolean;
  service?: string;
  version?: string;
  instanceId?: string;
  locationPath?: 'instance/region' | 'instance/zone';
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Recognises the platform by environment variables. */
export function recognise(env: NodeJS.ProcessEnv): RecognisedPlatform {
  const variables = cleaned(env);
  const traits = traitsOf(variables);
  const onGoogleCloud = traits.onGoogleCloud ?? true;
  const projectId = projectOf(variables);
  return {
    name: traits.name,
    onGoogleCloud,
    throttlesCpu: traits.throttlesCpu ?? false,
    trustsAppEngineHeaders: traits.trustsAppEngineHeaders ?? false,
    projectId,
    service: traits.service ?? variables.npm_package_name ?? 'app',
    version: traits.version ?? '',
    instanceId: traits.instanceId,
    metadata:
      onGoogleCloud && metadataDetection(variables) !== 'none'
        ? {
            ...(projectId === undefined && { projectId: 'project/project-id' }),
            ...(traits.instanceId === undefined && { instanceId: 'instance/id' }),
            region: traits.locationPath ?? 'instance/region',
          }
        : {},
  };
}

/**
 * Checks first the platforms that promise less, since variables of two platforms may be set. Knative sets the variables
 * of Cloud Run on any Kubernetes cluster, and only the front end of App Engine makes its headers trustworthy.
 */
function traitsOf(env: Variables): Traits {
  if (env.FUNCTIONS_EMULATOR) {
    return { name: 'other', onGoogleCloud: false };
  }
  if (env.KUBERNETES_SERVICE_HOST) {
    return kubernetes(env);
  }
  if ((env.FUNCTION_TARGET && env.K_SERVICE) || env.FUNCTION_NAME) {
    return {
      name: 'cloud-functions',
      throttlesCpu: true,
      service: env.K_SERVICE ?? env.FUNCTION_NAME,
      version: env.K_REVISION,
    };
  }
  if (env.K_CONFIGURATION) {
    return {
      name: 'cloud-run',
      throttlesCpu: true,
      service: env.K_SERVICE,
      version: env.K_REVISION,
    };
  }
  if (env.CLOUD_RUN_JOB) {
    // Leaves the version out: each execution has a new name, which would create new streams.
    return { name: 'cloud-run-job', service: env.CLOUD_RUN_JOB };
  }
  if (env.CLOUD_RUN_WORKER_POOL) {
    // Does not throttle the CPU: a worker pool serves no requests and has CPU all the time.
    return {
      name: 'cloud-run-worker-pool',
      service: env.CLOUD_RUN_WORKER_POOL,
      version: env.CLOUD_RUN_REVISION,
    };
  }
  if (env.GAE_ENV === 'standard' || env.GAE_SERVICE) {
    return appEngine(env);
  }
  if (metadataDetection(env) === 'assume-present') {
    return { name: 'compute-engine', locationPath: 'instance/zone' };
  }
  return { name: 'other', onGoogleCloud: false };
}

function kubernetes(env: Variables): Traits {
  return {
    name: 'kubernetes',
    onGoogleCloud: metadataDetection(env) === 'assume-present',
    service: env.K_SERVICE,
    version: env.K_REVISION,
    // HOSTNAME is the name of the pod. The metadata server would give the id of the node.
    instanceId: env.HOSTNAME,
    locationPath: 'instance/zone',
  };
}

function appEngine(env: Variables): Traits {
  const standard = env.GAE_ENV === 'standard';
  return {
    name: standard ? 'app-engine-standard' : 'app-engine-flexible',
    throttlesCpu: standard,
    // A flexible instance is a machine that others in its network can reach without the front end.
    trustsAppEngineHeaders: standard,
    service: env.GAE_SERVICE ?? 'default',
    version: env.GAE_VERSION,
    instanceId: env.GAE_INSTANCE,
    locationPath: standard ? 'instance/region' : 'instance/zone',
  };
}

function projectOf(env: Variables): string | undefined {
  return (
    env.GOOGLE_CLOUD_PROJECT ?? env.GCLOUD_PROJECT ?? env.GAE_APPLICATION?.replace(/^[a-z]~/, '')
  );
}

/** Reads the variable that tells Google's client libraries whether to look for a metadata server. */
function metadataDetection(env: Variables): string | undefined {
  return env.METADATA_SERVER_DETECTION?.toLowerCase();
}

/** Drops empty variables, and replaces "|", which a task must not contain. */
function cleaned(env: NodeJS.ProcessEnv): Variables {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      value?.trim().replaceAll('|', '_') || undefined,
    ]),
  );
}
