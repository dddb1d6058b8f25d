import type { Platform } from '../platform/platform.js';
import type { HousekeepingSettings } from './housekeeping-settings.js';
import { HOUSEKEEPING_PATH } from './housekeeping.controller.js';

const ROUTE = `GET ${HOUSEKEEPING_PATH}`;

type CronPlatform = Pick<Platform, 'name' | 'throttlesCpu'>;

/** Says for the log which job assigns task numbers here, and what may be blocking it. */
export function cronHint(settings: HousekeepingSettings, platform: CronPlatform): string {
  return [whatToCheck(settings, platform), routeProblem(settings)]
    .filter(sentence => sentence !== undefined)
    .join(' ');
}

function whatToCheck({ cron }: HousekeepingSettings, { name, throttlesCpu }: CronPlatform): string {
  if (cron && !throttlesCpu) {
    return `The @Cron job of any instance should assign one: look for "Housekeeping failed" in the logs of all instances. ${ROUTE} assigns numbers too.`;
  }
  const noTimer = cron
    ? ` The @Cron job is on, but a timer gets no CPU between requests on ${name}.`
    : '';
  if (name.startsWith('app-engine')) {
    return `Check that cron.yaml calls ${ROUTE} every minute and that it is deployed: gcloud app deploy cron.yaml.${noTimer}`;
  }
  const orTimer = cron || throttlesCpu ? '' : ', or set housekeeping.cron to true';
  return `Check that Cloud Scheduler calls ${ROUTE} every minute${orTimer}.${noTimer}`;
}

function routeProblem(settings: HousekeepingSettings): string | undefined {
  const { controller, auth, trustsAppEngineHeaders } = settings;
  if (!controller) {
    return 'That route is off in this process: set housekeeping.controller to true.';
  }
  return auth === 'closed' || (auth === 'app-engine' && !trustsAppEngineHeaders)
    ? 'That route answers 403 to everybody in this process: set housekeeping.auth to { oidc } or { guard }.'
    : undefined;
}
