import { lazyDatastoreClient } from '../../module/datastore-client.js';
import { GapicRowStore } from '../../task-numbers/datastore/gapic-row-store.js';
import { DATASTORE_NAMESPACE } from '../../task-numbers/datastore/instance-row.js';
import { EXIT_CODES, type Command, type ExitCode, type OptionValues } from '../command.js';
import { checkDatastore } from './check-datastore.js';

const HELP = `Usage: nestjs-tsmon doctor [options]

Checks that this project is ready for task numbers, with the credentials of this machine.

Options:
  --project <id>    the project; otherwise that of the environment or of the credentials
  --database <id>   the database of Datastore; otherwise the default database
  -h, --help        print this help`;

/** Looks at the project of a user, and says what keeps task numbers and metrics from working. */
export const doctor: Command = {
  help: HELP,
  options: { project: { type: 'string' }, database: { type: 'string' } },
  run,
};

async function run(values: OptionValues, print: (text: string) => void): Promise<ExitCode> {
  const { project, database } = values as { project?: string; database?: string };
  const load = await lazyDatastoreClient({ projectId: project, databaseId: database }, undefined);
  const store = new GapicRowStore(load, DATASTORE_NAMESPACE);
  const finding = await checkDatastore(store);
  await store.close();
  print(`${finding.status.padEnd(6)}  ${finding.check}: ${finding.detail}`);
  return finding.status === 'ok' ? EXIT_CODES.ok : EXIT_CODES.failed;
}
