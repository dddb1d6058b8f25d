import { exactly, integer, listOf, mapOf, object, text, type Shape } from './shape.js';

/*
 * What Google's references allow, as far as the files of the sample app could want it. A key that is missing here is
 * to be looked up there first.
 */

const SERVICE_ACCOUNT = text(
  /[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z][a-z0-9-]*\.iam\.gserviceaccount\.com/,
);
const VARIABLES = mapOf(/[A-Za-z_]\w*/, text(/.*/));
const ANY_TEXT = text(/.+/);
const ON_OFF = text(/true|false/);
const URL_SHAPE = text(/https:\/\/\S+/);
const DURATION = text(/\d+(\.\d+)?s/);

/** cloud.google.com/appengine/docs/standard/reference/app-yaml, for nodejs. */
export const APP_YAML: Shape = object(
  { runtime: text(/nodejs(20|22|24)/) },
  {
    service: text(/[a-z0-9](-?[a-z0-9])*/),
    service_account: SERVICE_ACCOUNT,
    entrypoint: ANY_TEXT,
    instance_class: exactly('F1', 'F2', 'F4', 'F4_1G'),
    env_variables: VARIABLES,
    build_env_variables: VARIABLES,
    automatic_scaling: object(
      {},
      {
        max_instances: integer(1, 2_147_483_647),
        min_instances: integer(0, 1000),
        max_idle_instances: integer(1, 1000),
        min_idle_instances: integer(0, 1000),
        max_concurrent_requests: integer(1, 1000),
        min_pending_latency: DURATION,
        max_pending_latency: DURATION,
      },
    ),
  },
);

/** cloud.google.com/appengine/docs/standard/reference/cron-yaml. */
export const CRON_YAML: Shape = object({
  cron: listOf(
    object(
      { url: text(/\/\S*/), schedule: text(/every \d+ (mins|minutes|hours)( .*)?/) },
      {
        description: text(/.{1,500}/),
        target: text(/[a-z0-9](-?[a-z0-9])*/),
        timezone: ANY_TEXT,
        retry_parameters: object(
          {},
          {
            job_retry_limit: integer(0, 5),
            job_age_limit: text(/\d+[smhd]/),
            min_backoff_seconds: integer(0, 86_400),
            max_backoff_seconds: integer(0, 86_400),
            max_doublings: integer(0, 100),
          },
        ),
      },
    ),
  ),
});

/** cloud.google.com/run/docs/reference/yaml/v1. */
export const SERVICE_YAML: Shape = object({
  apiVersion: exactly('serving.knative.dev/v1'),
  kind: exactly('Service'),
  metadata: object(
    { name: text(/[a-z]([a-z0-9-]{0,47}[a-z0-9])?/) },
    {
      annotations: object(
        {},
        {
          'run.googleapis.com/description': ANY_TEXT,
          'run.googleapis.com/ingress': text(/all|internal|internal-and-cloud-load-balancing/),
          'run.googleapis.com/invoker-iam-disabled': ON_OFF,
          'run.googleapis.com/custom-audiences': text(/\[.+\]/),
        },
      ),
    },
  ),
  spec: object(
    {
      template: object(
        {
          spec: object(
            {
              serviceAccountName: SERVICE_ACCOUNT,
              containers: listOf(
                object(
                  { image: text(/[a-z0-9-]+-docker\.pkg\.dev(\/[\w.-]+){3}:[\w.-]+/) },
                  {
                    ports: listOf(
                      object(
                        { containerPort: integer(1, 65_535) },
                        { name: exactly('http1', 'h2c') },
                      ),
                    ),
                    env: listOf(object({ name: text(/[A-Z_]\w*/), value: text(/.*/) })),
                    command: listOf(ANY_TEXT),
                    args: listOf(ANY_TEXT),
                    resources: object({
                      limits: object({ cpu: text(/[1248]|\d+m/), memory: text(/\d+(Mi|Gi|M|G)/) }),
                    }),
                  },
                ),
              ),
            },
            { containerConcurrency: integer(1, 1000), timeoutSeconds: integer(1, 3600) },
          ),
        },
        {
          metadata: object(
            {},
            {
              annotations: object(
                {},
                {
                  'autoscaling.knative.dev/minScale': text(/\d+/),
                  'autoscaling.knative.dev/maxScale': text(/\d+/),
                  'run.googleapis.com/cpu-throttling': ON_OFF,
                  'run.googleapis.com/startup-cpu-boost': ON_OFF,
                },
              ),
            },
          ),
        },
      ),
    },
    {
      traffic: listOf(object({ latestRevision: exactly(true), percent: integer(0, 100) })),
    },
  ),
});

/** cloud.google.com/sdk/gcloud/reference/scheduler/jobs/create/http, as a file for --flags-file. */
export const SCHEDULER_FLAGS: Shape = object(
  {
    '--location': text(/[a-z]+-[a-z]+\d+/),
    '--schedule': text(/\S+ \S+ \S+ \S+ \S+/),
    '--uri': URL_SHAPE,
    '--http-method': exactly('get', 'post', 'put', 'head', 'delete'),
    '--oidc-service-account-email': SERVICE_ACCOUNT,
    '--oidc-token-audience': URL_SHAPE,
  },
  {
    '--description': text(/.{1,500}/),
    '--attempt-deadline': DURATION,
    '--max-retry-attempts': integer(0, 5),
    '--time-zone': ANY_TEXT,
  },
);
