import {
  DebugMonitor,
  type HousekeepingAuth,
  type Monitor,
  type TsmonModuleOptions,
} from 'nestjs-tsmon';
import { HttpMonitor } from './http-monitor.js';

/** Shorter than the default of the library, so that metrics appear quickly on a laptop. On Google Cloud the default holds. */
const FLUSH_INTERVAL_SEC = 20;
const FLUSH_TIMEOUT_SEC = 5;

/**
 * Reads the options from environment variables. A deployed service needs few of them: `TsmonModule.forRoot()` is enough on
 * App Engine, and Cloud Run needs only `housekeeping.auth`. The other variables are for trying the shop out, and for tests.
 */
export function tsmonOptions(env: NodeJS.ProcessEnv): TsmonModuleOptions {
  return {
    flush: flush(env),
    taskNumbers: { expirationSec: seconds(env.TSMON_EXPIRATION_SEC) },
    housekeeping: { cron: env.TSMON_CRON !== 'off', auth: housekeepingAuth(env) },
    // The library finds an emulator without this option. It does not use Datastore because of a project alone: a laptop may
    // have that variable too.
    datastore: env.GOOGLE_CLOUD_PROJECT ? {} : undefined,
    monitor: monitor(env),
    // Shows the status page to all callers, except on Google Cloud. A real service protects it by a guard of its own.
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

/** Allows the job of Cloud Scheduler. Undefined leaves it to the library: on App Engine its cron, elsewhere no caller. */
function housekeepingAuth(env: NodeJS.ProcessEnv): HousekeepingAuth | undefined {
  const audience = env.TSMON_OIDC_AUDIENCE;
  const account = env.TSMON_OIDC_SERVICE_ACCOUNT;
  if (!audience && !account) {
    return undefined;
  }
  if (!audience || !account) {
    throw new Error(
      'TSMON_OIDC_AUDIENCE and TSMON_OIDC_SERVICE_ACCOUNT belong together: set both or neither.',
    );
  }
  return { oidc: { audience, serviceAccounts: [account] } };
}

/** Whether one of the variables is set that App Engine, Cloud Run, Cloud Functions and Kubernetes set. */
function runsOnGoogleCloud(env: NodeJS.ProcessEnv): boolean {
  return Boolean(
    env.GAE_APPLICATION ||
    env.K_SERVICE ||
    env.CLOUD_RUN_JOB ||
    env.CLOUD_RUN_WORKER_POOL ||
    env.KUBERNETES_SERVICE_HOST,
  );
}

/** Creates the monitor. Undefined leaves the choice to the library. */
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
