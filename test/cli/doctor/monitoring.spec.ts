import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../lib/cli/doctor/finding.js';
import {
  apiError,
  type Answer,
  type FakeCloudMonitoring,
} from '../../monitors/cloud-monitoring/fake-cloud-monitoring.js';
import { monitorOf, startServer } from '../../monitors/cloud-monitoring/monitors.js';
import { examined, noRows } from './examined.js';

async function findingOf(
  server: FakeCloudMonitoring,
  options: Parameters<typeof monitorOf>[1] = {},
): Promise<Finding | undefined> {
  const monitor = monitorOf(server, options);
  return (await examined({ rowsOf: noRows, monitor }))['cloud-monitoring'];
}

describe('the doctor', () => {
  it('writes one point of tsmon/doctor to Cloud Monitoring', async () => {
    const server = await startServer();
    expect(await findingOf(server)).toEqual({
      check: 'cloud-monitoring',
      status: 'ok',
      detail: 'Cloud Monitoring took a point of tsmon/doctor.',
    });
    expect(server.written).toHaveLength(1);
    expect(server.written[0]).toMatchObject({
      metric: { type: 'custom.googleapis.com/tsmon/doctor' },
      resource: { type: 'generic_task', labels: { job: 'tsmon-doctor', location: 'global' } },
    });
  });

  it.each<[string, Answer, RegExp, string[]]>([
    [
      'a role that is missing',
      apiError(403, 'PERMISSION_DENIED', 'Permission monitoring.timeSeries.create denied.'),
      /may not write metrics to the project "my-shop"/,
      [
        'gcloud projects add-iam-policy-binding my-shop --role=roles/monitoring.metricWriter --member="serviceAccount:shop@my-shop.iam.gserviceaccount.com"',
      ],
    ],
    [
      'an API that is disabled',
      apiError(
        403,
        'PERMISSION_DENIED',
        'Cloud Monitoring API has not been used in project 1234 before or it is disabled.',
      ),
      /the API is disabled in the project/,
      ['gcloud services enable monitoring.googleapis.com --project=my-shop'],
    ],
    [
      'a project without billing',
      apiError(403, 'PERMISSION_DENIED', 'This API method requires billing to be enabled.'),
      /no active billing account/,
      ['gcloud billing projects link my-shop --billing-account=BILLING_ACCOUNT'],
    ],
    [
      'credentials that are not accepted',
      apiError(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
      /the credentials are not accepted/,
      ['gcloud auth application-default login'],
    ],
  ])('finds %s, and the command that mends it', async (_, answer, detail, mend) => {
    const server = await startServer();
    server.answers = [answer];
    const finding = await findingOf(server);
    expect(finding).toMatchObject({ check: 'cloud-monitoring', status: 'failed', mend });
    expect(finding?.detail).toMatch(detail);
  });

  it('finds that there are no credentials', async () => {
    const auth = {
      getRequestHeaders: () => Promise.reject(new Error('Could not load the default credentials.')),
    };
    expect(await findingOf(await startServer(), { auth })).toMatchObject({
      status: 'failed',
      mend: ['gcloud auth application-default login'],
    });
  });

  it('finds that Cloud Monitoring does not answer', async () => {
    const server = await startServer();
    server.answers = ['hang up'];
    const finding = await findingOf(server);
    expect(finding).toMatchObject({ status: 'failed' });
    expect(finding).not.toHaveProperty('mend');
  });
});
