import { Datastore } from '@google-cloud/datastore';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Finding } from '../../../lib/cli/doctor/finding.js';
import { GapicRowStore } from '../../../lib/task-numbers/datastore/gapic-row-store.js';
import { examined, SUBJECT } from './examined.js';
import { RefusingDatastore } from './refusing-datastore.js';

let server: RefusingDatastore | undefined;

// The client would look for a metadata server.
beforeEach(() => vi.stubEnv('METADATA_SERVER_DETECTION', 'none'));
afterEach(() => {
  server?.stop();
  vi.unstubAllEnvs();
});

/** What the doctor finds at a host. */
async function findingAt(host: string, subject = SUBJECT): Promise<Finding | undefined> {
  const client = new Datastore({ projectId: 'my-shop', apiEndpoint: host });
  const rowsOf = (namespace: string) => new GapicRowStore(async () => client, namespace);
  return (await examined({ rowsOf, subject })).datastore;
}

// Texts of Google's servers as public reports quote them; that of a database in native mode is inferred.
const REFUSALS: [string, number, string, string, RegExp, string[]][] = [
  [
    'an API that is disabled',
    7,
    'Cloud Datastore API has not been used in project 1234 before or it is disabled.',
    '',
    /^The API of Datastore is disabled in the project\. /,
    ['gcloud services enable datastore.googleapis.com --project=my-shop'],
  ],
  [
    'a role that is missing',
    7,
    'Missing or insufficient permissions.',
    '',
    /^The account may not do this\. .*Missing or insufficient permissions/,
    [
      'gcloud projects add-iam-policy-binding my-shop --role=roles/datastore.user --member="serviceAccount:shop@my-shop.iam.gserviceaccount.com"',
    ],
  ],
  [
    'a database that is not there',
    5,
    'The database (default) does not exist for project my-shop',
    '',
    /^The project has no such database\. /,
    ['gcloud firestore databases create --type=datastore-mode --location=REGION --project=my-shop'],
  ],
  [
    'a named database that is not there',
    5,
    'The database numbers does not exist for project my-shop',
    'numbers',
    /^The project has no such database\. /,
    [
      'gcloud firestore databases create --type=datastore-mode --location=REGION --project=my-shop --database=numbers',
    ],
  ],
  [
    'Firestore in native mode',
    9,
    'The Cloud Datastore API is not available for Firestore in Native Mode database projects/my-shop/databases/(default).',
    '',
    /^This database is Firestore in native mode, which cannot hold task numbers\. /,
    [
      'gcloud firestore databases create --type=datastore-mode --location=REGION --project=my-shop --database=tsmon',
      "Set the option datastore: { databaseId: 'tsmon' }, and run: npx nestjs-tsmon doctor --database=tsmon",
    ],
  ],
  [
    'credentials that are not accepted',
    16,
    'Request had invalid authentication credentials.',
    '',
    /^There are no usable credentials on this machine\. /,
    ['gcloud auth application-default login'],
  ],
];

describe('the doctor', () => {
  it.each(REFUSALS)('finds %s, and the command that mends it', async (...refusal) => {
    const [, code, text, database, detail, mend] = refusal;
    server = await RefusingDatastore.start(code, text);
    const finding = await findingAt(server.host, { ...SUBJECT, databaseId: database || undefined });
    expect(finding).toMatchObject({ check: 'datastore', status: 'failed', mend });
    expect(finding?.detail).toMatch(detail);
  });

  it('finds that nothing answers, and says how to start the emulator that should', async () => {
    server = await RefusingDatastore.start(14, 'down');
    const { host } = server;
    server.stop();
    expect(await findingAt(host, { ...SUBJECT, emulatorHost: host })).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/^Datastore does not answer\. /) as string,
      mend: [`gcloud emulators firestore start --database-mode=datastore-mode --host-port=${host}`],
    });
  }, 60_000);

  it('shows a failure that it does not know as it is', async () => {
    server = await RefusingDatastore.start(13, 'Internal trouble.');
    const finding = await findingAt(server.host);
    expect(finding).toEqual({
      check: 'datastore',
      status: 'failed',
      detail: 'Datastore failed to read a row: 13 INTERNAL: Internal trouble.',
    });
  });
});
