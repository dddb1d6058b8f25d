import type { DatastoreClient } from '../../task-numbers/datastore/gapic-connection.js';
import { withoutLookupWarning } from '../../google/quiet-lookup.js';
import type { Subject } from './finding.js';

/** The account of the person at this machine, for a shell that runs the command. */
const OWN_ACCOUNT = 'user:$(gcloud config get account)';

/** Finds out which project is looked at, and by which account. What cannot be found out is left open: a check will say why. */
export async function subjectOf(
  load: () => Promise<DatastoreClient>,
  { project, database }: { readonly project?: string; readonly database?: string },
): Promise<Subject> {
  const emulatorHost = process.env.DATASTORE_EMULATOR_HOST || undefined;
  const client = await load().catch(() => undefined);
  const projectId =
    project ??
    (await withoutLookupWarning(async () => client?.getProjectId()).catch(() => undefined));
  const member = emulatorHost === undefined && client ? await memberOf(client) : OWN_ACCOUNT;
  return { projectId, databaseId: database, member, emulatorHost };
}

async function memberOf({ auth }: DatastoreClient): Promise<string> {
  try {
    const { client_email: email } = await withoutLookupWarning(() =>
      (auth as CredentialsSource).getCredentials(),
    );
    return email ? `serviceAccount:${email}` : OWN_ACCOUNT;
  } catch {
    return OWN_ACCOUNT;
  }
}

/** The part of a `GoogleAuth` that tells the service account: from its key file, or from the metadata server. */
interface CredentialsSource {
  getCredentials(): Promise<{ readonly client_email?: string | undefined }>;
}
