/** What this library does about a failure. */
export type FailureAction =
  /** The point cannot be written, now or later. */
  | 'drop'
  /** The point was not written; the next flush may write it. */
  | 'retry'
  /** The server had an error of its own and perhaps wrote the point. The next flush sends it again. */
  | 'unclear'
  /** Nothing is written until a person does something. */
  | 'stop';

/** What follows from a failure. */
export interface Consequence {
  readonly action: FailureAction;
  /** Tells the log what happened and what to do. `{project}` stands for the project. */
  readonly advice: string;
}

/**
 * A text that the API is known to send. The pattern must run in linear time, so it contains no `.*`, which would scan the
 * rest of the text again from every position.
 */
export interface KnownText extends Consequence {
  readonly pattern: RegExp;
}

/** Texts about single points. The names and labels of the points may stand beside them. The first match counts. */
export const POINT_TEXTS: readonly KnownText[] = [
  {
    pattern: /more frequently than the maximum sampling period/i,
    action: 'retry',
    advice:
      'a stream had a point less than 5 s before. If this goes on, another process writes the same stream: give each its own target, or let an allocator give them task numbers.',
  },
  {
    pattern: /older start time than the most recent point/i,
    action: 'drop',
    advice:
      'a stream had a point that started later. Another process writes the same stream, or the clock of this machine was set back: give each process its own target, or let an allocator give them task numbers.',
  },
  {
    pattern: /older end time than the most recent point/i,
    action: 'retry',
    advice:
      'a stream had a later point. Another process writes the same stream, or its clock is ahead: give each process its own target, or let an allocator give them task numbers.',
  },
  {
    pattern: /points must be written in order/i,
    action: 'retry',
    advice: 'a stream had a later point. Give each process its own target.',
  },
  {
    pattern: /Duplicate TimeSeries encountered/i,
    action: 'drop',
    advice: 'two cells are the same stream there. Rename a field or a metric.',
  },
  {
    pattern: /start time must be before the end time/i,
    action: 'retry',
    advice: 'a stream began in the moment of the flush; the next one carries it.',
  },
  {
    pattern: /too many time series/i,
    action: 'drop',
    advice:
      'the resource has 200,000 time series that were written within a day, and takes no new ones. Record fewer distinct field values.',
  },
  {
    pattern: /Metric kind for metric|Value type for metric|conflicts with the existing/i,
    action: 'drop',
    advice:
      'the project has a metric of this type with another kind. Rename the metric, or delete its descriptor in Cloud Monitoring, and with it its data.',
  },
  {
    pattern: /unrecognized metric label/i,
    action: 'drop',
    advice:
      'the project has a metric of this type without one of these fields. Rename the metric, or delete its descriptor in Cloud Monitoring, and with it its data.',
  },
  {
    pattern: /metric type must be a URL-formatted string/i,
    action: 'drop',
    advice: 'the type of the metric is not accepted. Rename it, or set metricTypePrefix.',
  },
  {
    pattern: /explicit_buckets|distribution.{0,200}(bucket|bound|growth|width)/i,
    action: 'drop',
    advice: 'its buckets are not accepted. Give the metric another bucketer.',
  },
  {
    pattern: /Unrecognized region or location/i,
    action: 'stop',
    advice:
      'the location is not one of Google Cloud. Set dataCenter of the target to a region like "europe-west1", or to nothing and the option location.',
  },
  {
    pattern: /Metrics cannot be written to/i,
    action: 'stop',
    advice: 'the kind of resource is not writable in this project. Look at the answer.',
  },
  {
    pattern: /monitoring\.metricDescriptors\.create/i,
    action: 'stop',
    advice:
      'the service account may not create metrics in the project "{project}". Grant it roles/monitoring.metricWriter there.',
  },
  {
    pattern: /Internal error|internal error occurred/i,
    action: 'unclear',
    advice: 'it had an internal error.',
  },
];

/** Texts about whole requests. The first match counts. */
export const REQUEST_TEXTS: readonly KnownText[] = [
  {
    pattern: /SERVICE_DISABLED|has not been used in project|API is disabled|it is disabled/i,
    action: 'stop',
    advice:
      'the API is disabled in the project. Enable it: gcloud services enable monitoring.googleapis.com --project={project}',
  },
  {
    pattern: /BILLING_DISABLED|billing (account|to be enabled)/i,
    action: 'stop',
    advice: 'the project "{project}" has no active billing account. Link one.',
  },
  {
    pattern: /insufficient authentication scopes|ACCESS_TOKEN_SCOPE_INSUFFICIENT/i,
    action: 'stop',
    advice:
      'the credentials lack the scope https://www.googleapis.com/auth/monitoring.write. Grant it to the machine, or pass the option credentials.',
  },
  {
    pattern: /monitoring\.timeSeries\.create|PERMISSION_DENIED/i,
    action: 'stop',
    advice:
      'the service account may not write metrics to the project "{project}", or there is no such project. Grant it roles/monitoring.metricWriter there, or set the option projectId.',
  },
  {
    pattern: /UNAUTHENTICATED|invalid authentication credentials/i,
    action: 'stop',
    advice:
      'the credentials are not accepted. Check the service account of this instance, or the options credentials and auth.',
  },
  {
    pattern:
      /project.{0,200}(not found|does not exist|invalid|deleted)|Field name had an invalid value/i,
    action: 'stop',
    advice: 'there is no project "{project}". Set the option projectId.',
  },
  {
    pattern: /RESOURCE_EXHAUSTED|Quota exceeded/i,
    action: 'retry',
    advice: 'a quota of the project "{project}" is used up. Flush less often, or raise it.',
  },
];
