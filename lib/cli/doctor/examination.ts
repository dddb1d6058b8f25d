import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock/clock.js';
import type { Monitor } from '../../monitors/monitor.js';
import type { RowStore } from '../../task-numbers/datastore/row-store.js';
import { DATASTORE_NAMESPACE } from '../../task-numbers/datastore/instance-row.js';
import { checkAnswer, checkWritesAndClock, type DatastoreParts } from './check-datastore.js';
import { checkHousekeeping } from './check-housekeeping.js';
import { checkLife } from './check-life.js';
import { checkMonitoring } from './check-monitoring.js';
import { checkRoutes } from './check-routes.js';
import { checkTaskNumbers } from './check-task-numbers.js';
import type { Finding, Subject } from './finding.js';

/** What is examined, and the connections to it. */
export interface ExaminationParts {
  readonly subject: Subject;
  readonly clock: Clock;
  /** Returns the rows of a namespace of Datastore. */
  readonly rowsOf: (namespace: string) => RowStore;
  /** Undefined where nothing stands in for Cloud Monitoring. */
  readonly monitor: Monitor | undefined;
  /** The job name of the targets whose numbers are looked at; undefined for all. */
  readonly job: string | undefined;
  /** Where the service answers; undefined if its routes are not looked at. */
  readonly url: string | undefined;
  /** Whether to let two instances live for a moment, which writes a few rows more. */
  readonly live: boolean;
}

/** The checks that need Datastore to answer. */
const OF_DATASTORE = ['conditional-writes', 'housekeeping', 'task-numbers'];

/** Makes all checks, one after the other, and hands out each finding as it comes. */
export async function* examine(parts: ExaminationParts): AsyncGenerator<Finding> {
  yield* examineDatastore(parts);
  yield await examineMonitoring(parts);
  yield* await examineRoutes(parts);
}

async function* examineDatastore(parts: ExaminationParts): AsyncGenerator<Finding> {
  const { subject, clock, rowsOf, job, live } = parts;
  const store = rowsOf(DATASTORE_NAMESPACE);
  const ofDatastore: DatastoreParts = { store, clock, subject };
  try {
    const answer = await checkAnswer(ofDatastore);
    yield answer;
    if (answer.status === 'failed') {
      yield* OF_DATASTORE.map(check => skipped(check, 'Datastore must answer first.'));
      return;
    }
    yield* await checkWritesAndClock(ofDatastore);
    yield await checkHousekeeping(ofDatastore);
    yield await checkTaskNumbers(ofDatastore, job);
  } finally {
    await store.close();
  }
  if (live) {
    const ownRows = rowsOf(`tsmon_doctor_${randomUUID()}`);
    yield await checkLife({ ...ofDatastore, store: ownRows });
    await ownRows.close();
  }
}

async function examineMonitoring({ monitor, clock, subject }: ExaminationParts): Promise<Finding> {
  if (!monitor) {
    return skipped('cloud-monitoring', 'There is no emulator of Cloud Monitoring.');
  }
  const finding = await checkMonitoring(monitor, clock, subject);
  await monitor.close();
  return finding;
}

async function examineRoutes({ url }: ExaminationParts): Promise<Finding[]> {
  return url === undefined
    ? [skipped('routes', 'Give the address of the service: --url=https://SERVICE_URL.')]
    : await checkRoutes(url);
}

function skipped(check: string, detail: string): Finding {
  return { check, status: 'skipped', detail };
}
