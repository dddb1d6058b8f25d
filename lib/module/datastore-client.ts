import { isInstalled, loadOptional, type OptionalPackage } from '../google/optional-package.js';
import type { DatastoreClientOptions } from '../options/tsmon-options.js';
import type { DatastoreClient } from '../task-numbers/datastore/gapic-connection.js';
import { withoutUndefined } from '../validation/schema.js';

const DATASTORE: OptionalPackage<typeof import('@google-cloud/datastore')> = {
  name: '@google-cloud/datastore',
  need: 'Task numbers from Datastore need a client',
  alternative: 'set the option allocator',
  load: () => import('@google-cloud/datastore'),
};

/**
 * Returns a function that creates the client at its first call. Loading the package blocks the process for a quarter of a
 * second or more, which the start of the application need not wait for.
 *
 * @param knownProjectId the project of the platform. Without it the client searches, and at last runs `gcloud`, which takes
 * seconds.
 * @throws MissingPackageError when the package is not installed.
 */
export async function lazyDatastoreClient(
  options: DatastoreClientOptions | undefined,
  knownProjectId: string | undefined,
): Promise<() => Promise<DatastoreClient>> {
  if (!isInstalled(DATASTORE)) {
    // It may still be a part of the bundle of the application. If it is not, this says how to install it.
    await loadOptional(DATASTORE);
  }
  let client: Promise<DatastoreClient> | undefined;
  return () => (client ??= createClient(options, knownProjectId));
}

async function createClient(
  options: DatastoreClientOptions | undefined,
  knownProjectId: string | undefined,
): Promise<DatastoreClient> {
  const { Datastore } = await loadOptional(DATASTORE);
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
