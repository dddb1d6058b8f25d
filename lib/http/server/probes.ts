/** What the user agents of probes begin with: Kubernetes and Cloud Run, Google's load balancers, and its uptime checks. */
const PROBES = ['kube-probe/', 'GoogleHC/', 'GoogleStackdriverMonitoring-UptimeChecks'];

/** App Engine's own requests to an instance. Other paths below `/_ah/` are work of the application, such as tasks. */
const APP_ENGINE_PATHS = /^\/_ah\/(?:health|vm_health|warmup|start|stop)(?:[?#]|$)/;

/** Whether the platform asks if the application is well. Such requests often have a time limit of one second. */
export function isProbe(userAgent: string | undefined, url: string | undefined): boolean {
  return PROBES.some(start => userAgent?.startsWith(start)) || APP_ENGINE_PATHS.test(url ?? '');
}
