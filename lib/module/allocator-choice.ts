import type { Clock } from '../clock/clock.js';
import { loadOptional } from '../google/optional-package.js';
import type { DatastoreClient } from '../task-numbers/datastore/gapic-connection.js';
import { DatastoreTaskNumAllocator } from '../task-numbers/datastore/datastore-task-num-allocator.js';
import { InMemoryTaskNumAllocator } from '../task-numbers/in-memory-task-num-allocator.js';
import type { AssignmentReport, TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import { datastoreReason } from './datastore-reason.js';
import { withoutUndefined } from '../validation/schema.js';
import type { DatastoreClientOptions } from '../options/tsmon-options.js';
import type { StartSettings } from './start-settings.js';

/** The allocator in use, and the reason for the choice. */
export interface ChosenAllocator {
  readonly allocator: TaskNumAllocator;
  readonly reason: string;
  /** Closes the connections that were opened for the allocator. */
  close(): Promise<void>;
}

/**
 * Chooses the allocator: the given one, or Datastore if it is available, or one in memory.
 *
 * @param onSelfAssignment receives the report of each run that `selfAssign` causes.
 */
export async function chooseAllocator(
  settings: StartSettings,
  clock: Clock,
  onSelfAssignment: (report: AssignmentReport) => void,
): Promise<ChosenAllocator> {
  const { allocator, datastore, taskNumbers } = settings.options;
  const { expirationSec, selfAssign } = taskNumbers;
  if (allocator) {
    return { allocator, reason: 'option allocator', close: nothingToClose };
  }
  const reason = datastoreReason(settings.options, settings.platform);
  if (!reason) {
    return {
      allocator: new InMemoryTaskNumAllocator({ expirationSec, clock }),
      reason: 'not on Google Cloud, and no option datastore',
      close: nothingToClose,
    };
  }
  const client = isClient(datastore)
    ? datastore
    : await createClient(datastore, settings.platform.projectId);
  const ours = new DatastoreTaskNumAllocator(client, {
    expirationSec,
    selfAssign,
    onSelfAssignment,
    clock,
  });
  return { allocator: ours, reason, close: () => ours.close() };
}

/** The application closes an allocator that it has given. */
async function nothingToClose(): Promise<void> {}

function isClient(
  datastore: DatastoreClient | DatastoreClientOptions | undefined,
): datastore is DatastoreClient {
  return typeof datastore?.getProjectId === 'function';
}

/**
 * Loads the package only when it is used, because loading takes a quarter of a second.
 *
 * @param knownProjectId the project of the platform. Without it the client searches, and at last runs `gcloud`, which takes
 * seconds.
 */
async function createClient(
  options: DatastoreClientOptions | undefined,
  knownProjectId: string | undefined,
): Promise<DatastoreClient> {
  const { Datastore } = await loadOptional({
    name: '@google-cloud/datastore',
    need: 'Task numbers from Datastore need a client',
    alternative: 'set the option allocator',
    load: () => import('@google-cloud/datastore'),
  });
  const given = withoutUndefined(options);
  return namesProject(given)
    ? new Datastore(given)
    : new Datastore({ ...given, projectId: knownProjectId });
}

/** Whether the client finds its project in its options, the environment, or the file of its credentials. */
function namesProject({ projectId, keyFilename, keyFile }: DatastoreClientOptions): boolean {
  const { DATASTORE_PROJECT_ID, GOOGLE_APPLICATION_CREDENTIALS } = process.env;
  return Boolean(
    projectId || keyFilename || keyFile || DATASTORE_PROJECT_ID || GOOGLE_APPLICATION_CREDENTIALS,
  );
}
