import { describe, expect, it } from 'vitest';
import { cronHint } from '../../lib/housekeeping/cron-hint.js';

const PATH = 'GET /internal/cron/ts_mon/housekeeping';
const OPEN = {
  cron: false,
  controller: true,
  auth: 'none',
  trustsAppEngineHeaders: false,
} as const;
const CLOUD_RUN = { name: 'cloud-run', throttlesCpu: true } as const;
const APP_ENGINE = { name: 'app-engine-standard', throttlesCpu: true } as const;
const ELSEWHERE = { name: 'other', throttlesCpu: false } as const;

describe('F8 an instance that waits for a number logs what to check', () => {
  it('cron.yaml on App Engine', () => {
    const hint = cronHint(
      { ...OPEN, auth: 'app-engine', trustsAppEngineHeaders: true },
      APP_ENGINE,
    );
    expect(hint).toBe(
      `Check that cron.yaml calls ${PATH} every minute and that it is deployed: gcloud app deploy cron.yaml.`,
    );
  });

  it('Cloud Scheduler on Cloud Run, where a timer does not help', () => {
    expect(cronHint({ ...OPEN, cron: true }, CLOUD_RUN)).toBe(
      `Check that Cloud Scheduler calls ${PATH} every minute. The @Cron job is on, but a timer gets no CPU between requests on cloud-run.`,
    );
    expect(cronHint(OPEN, CLOUD_RUN)).not.toContain('housekeeping.cron');
  });

  it('Cloud Scheduler or the @Cron job elsewhere', () => {
    expect(cronHint(OPEN, ELSEWHERE)).toBe(
      `Check that Cloud Scheduler calls ${PATH} every minute, or set housekeeping.cron to true.`,
    );
    expect(cronHint({ ...OPEN, cron: true }, ELSEWHERE)).toContain(
      'look for "Housekeeping failed" in the logs of all instances',
    );
  });

  it.each([
    [{ auth: 'closed' }, 'answers 403 to everybody'],
    [{ auth: 'app-engine' }, 'answers 403 to everybody'],
    [{ controller: false }, 'set housekeeping.controller to true'],
  ] as const)('that the route is closed with %j', (settings, words) => {
    expect(cronHint({ ...OPEN, ...settings }, CLOUD_RUN)).toContain(words);
  });
});
