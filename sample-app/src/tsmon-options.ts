import {
  DebugMonitor,
  type HousekeepingAuth,
  type Monitor,
  type TsmonModuleOptions,
} from 'nestjs-tsmon';
import { HttpMonitor } from './http-monitor.js';

/** Shorter than the library's, which holds on Google Cloud, so that nobody waits a minute to see something. */
const FLUSH_INTERVAL_SEC = 20;
const FLUSH_TIMEOUT_SEC = 5;

/**
 * A deployed service needs little of this: `TsmonModule.forRoot()` is right on App Engine, and on Cloud Run but for
 * who may call housekeeping. The other variables are for those who try this one out, and for its tests.
 */
export function tsmonOptions(env: NodeJS.ProcessEnv): TsmonModuleOptions {
  return {
    flush: flush(env),
    taskNumbers: { expirationSec: seconds(env.TSMON_EXPIRATION_SEC) },
    housekeeping: { cron: env.TSMON_CRON !== 'off', auth: housekeepingAuth(env) },
    // The library finds an emulator by itself; a project alone may also be that of someone's laptop.
    datastore: env.GOOGLE_CLOUD_PROJECT ? {} : undefined,
    monitor: monitor(env),
    // Everybody who reaches this port may see it: a service that has more to hide gives a guard of its own.
    status: runsOnGoogleCloud(env) ? { enabled: false } : { enabled: true, auth: 'none' },
  };
}

function flush(env: NodeJS.ProcessEnv): TsmonModuleOptions['flush'] {
  const intervalSec =
    seconds(env.TSMON_FLUSH_INTERVAL_SEC) ??
    (runsOnGoogleCloud(env) ? undefined : FLUSH_INTERVAL_SEC);
  return intervalSec === undefined
    ? undefined
    : { intervalSec, timeoutSec: Math.min(FLUSH_TIMEOUT_SEC, intervalSec) };
}

/** The job of Cloud Scheduler. None leaves the choice to the library: App Engine's cron there, elsewhere nobody. */
function housekeepingAuth(env: NodeJS.ProcessEnv): HousekeepingAuth | undefined {
  const audience = env.TSMON_OIDC_AUDIENCE;
  const account = env.TSMON_OIDC_SERVICE_ACCOUNT;
  if (!audience && !account) {
    return undefined;
  }
  if (!audience || !account) {
    throw new Error(
      'TSMON_OIDC_AUDIENCE and TSMON_OIDC_SERVICE_ACCOUNT belong together: set both, or none.',
    );
  }
  return { oidc: { audience, serviceAccounts: [account] } };
}

/** App Engine, Cloud Run with its functions, jobs and worker pools, and Kubernetes set one of these. */
function runsOnGoogleCloud(env: NodeJS.ProcessEnv): boolean {
  return Boolean(
    env.GAE_APPLICATION ||
    env.K_SERVICE ||
    env.CLOUD_RUN_JOB ||
    env.CLOUD_RUN_WORKER_POOL ||
    env.KUBERNETES_SERVICE_HOST,
  );
}

/** None leaves the choice to the library. */
function monitor(env: NodeJS.ProcessEnv): Monitor | undefined {
  if (env.TSMON_RECEIVER_URL) {
    return new HttpMonitor(env.TSMON_RECEIVER_URL);
  }
  return env.TSMON_LOG_FILE
    ? new DebugMonitor({ file: env.TSMON_LOG_FILE, format: logFormat(env.TSMON_LOG_FORMAT) })
    : undefined;
}

function seconds(text: string | undefined): number | undefined {
  return text ? Number(text) : undefined;
}

function logFormat(text = 'text'): 'text' | 'json' {
  if (text !== 'text' && text !== 'json') {
    throw new Error(`TSMON_LOG_FORMAT must be text or json, got "${text}".`);
  }
  return text;
}
