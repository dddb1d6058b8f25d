/** Prefixes of the user agents of probes: Kubernetes and Cloud Run, Google's load balancers, Google's uptime checks. */
const PROBES = ['kube-probe/', 'GoogleHC/', 'GoogleStackdriverMonitoring-UptimeChecks'];

/** Requests of App Engine to an instance. Other paths below `/_ah/` belong to the application, such as tasks. */
const APP_ENGINE_PATHS = /^\/_ah\/(?:health|vm_health|warmup|start|stop)(?:[?#]|$)/;

/** Whether the request is a health check or a lifecycle request of the platform. Probes often time out after one second. */
export function isProbe(userAgent: string | undefined, url: string | undefined): boolean {
  return PROBES.some(start => userAgent?.startsWith(start)) || APP_ENGINE_PATHS.test(url ?? '');
}
