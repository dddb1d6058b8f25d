import type { MetadataPaths } from './platform-metadata.js';

/**
 * The places that this library tells apart. `other` is everything else: a laptop, a test, another cloud.
 */
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

/** What environment variables say about the place that the process runs on. */
export interface RecognisedPlatform {
  readonly name: PlatformName;
  readonly onGoogleCloud: boolean;
  readonly throttlesCpu: boolean;
  readonly trustsAppEngineHeaders: boolean;
  readonly projectId: string | undefined;
  readonly service: string;
  readonly version: string;
  readonly instanceId: string | undefined;
  /** What the metadata server can add; nothing where it must not be asked. */
  readonly metadata: MetadataPaths;
}

interface Place {
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

/** Says what the environment gives away. */
export function recognise(env: NodeJS.ProcessEnv): RecognisedPlatform {
  const variables = cleaned(env);
  const place = placeOf(variables);
  const onGoogleCloud = place.onGoogleCloud ?? true;
  const projectId = projectOf(variables);
  return {
    name: place.name,
    onGoogleCloud,
    throttlesCpu: place.throttlesCpu ?? false,
    trustsAppEngineHeaders: place.trustsAppEngineHeaders ?? false,
    projectId,
    service: place.service ?? variables.npm_package_name ?? 'app',
    version: place.version ?? '',
    instanceId: place.instanceId,
    metadata:
      onGoogleCloud && metadataDetection(variables) !== 'none'
        ? {
            ...(projectId === undefined && { projectId: 'project/project-id' }),
            ...(place.instanceId === undefined && { instanceId: 'instance/id' }),
            region: place.locationPath ?? 'instance/region',
          }
        : {},
  };
}

/**
 * Where variables of two platforms are set, the one that promises less comes first: Knative sets those of
 * Cloud Run on any Kubernetes cluster, and only App Engine's own front end makes its headers trustworthy.
 */
function placeOf(env: Variables): Place {
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
    // No version: the name of the execution is new each time, and would make new streams.
    return { name: 'cloud-run-job', service: env.CLOUD_RUN_JOB };
  }
  if (env.CLOUD_RUN_WORKER_POOL) {
    // It serves no requests, and has CPU all the time.
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

function kubernetes(env: Variables): Place {
  return {
    name: 'kubernetes',
    onGoogleCloud: metadataDetection(env) === 'assume-present',
    service: env.K_SERVICE,
    version: env.K_REVISION,
    // The name of the pod. The metadata server would tell the id of the node.
    instanceId: env.HOSTNAME,
    locationPath: 'instance/zone',
  };
}

function appEngine(env: Variables): Place {
  const standard = env.GAE_ENV === 'standard';
  return {
    name: standard ? 'app-engine-standard' : 'app-engine-flexible',
    throttlesCpu: standard,
    // A flexible instance is a machine that others in its network may reach, past the front end.
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

/** A variable of Google's client libraries: whether to look for a metadata server. */
function metadataDetection(env: Variables): string | undefined {
  return env.METADATA_SERVER_DETECTION?.toLowerCase();
}

/** An empty variable is as good as none, and a task must not contain "|". */
function cleaned(env: NodeJS.ProcessEnv): Variables {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      value?.trim().replaceAll('|', '_') || undefined,
    ]),
  );
}
