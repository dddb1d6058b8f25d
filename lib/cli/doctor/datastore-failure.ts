import { isDeadlineError } from '../../clock/deadline.js';
import { errorMessage } from '../../log.js';
import { codeOf } from '../../task-numbers/datastore/gapic-connection.js';
import {
  enableCommand,
  grantCommand,
  LOGIN_COMMAND,
  projectOf,
  type Finding,
  type Subject,
} from './finding.js';

interface KnownFailure {
  /** Whether the text of the failure, and the gRPC code of its cause, are of this kind. */
  readonly matches: (text: string, code: unknown) => boolean;
  readonly means: string;
  readonly mend: (subject: Subject) => readonly string[];
}

const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const FAILED_PRECONDITION = 9;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** Failures of Datastore that a person can mend, the special before the general. The first match counts. */
const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    matches: text => /npm install /.test(text),
    means: 'The package @google-cloud/datastore is not installed here.',
    mend: () => ['npm install @google-cloud/datastore'],
  },
  {
    matches: text => /Unable to detect a Project Id/i.test(text),
    means: 'It is not known which project to look at.',
    mend: () => ['npx nestjs-tsmon doctor --project=PROJECT_ID'],
  },
  {
    matches: (text, code) =>
      /Could not load the default credentials/i.test(text) || code === UNAUTHENTICATED,
    means: 'There are no usable credentials on this machine.',
    mend: () => [LOGIN_COMMAND],
  },
  {
    matches: text =>
      /SERVICE_DISABLED|has not been used in project|API is disabled|it is disabled/i.test(text),
    means: 'The API of Datastore is disabled in the project.',
    mend: subject => [enableCommand(subject, 'datastore.googleapis.com')],
  },
  {
    matches: (text, code) => code === FAILED_PRECONDITION && /Native Mode/i.test(text),
    means: 'This database is Firestore in native mode, which cannot hold task numbers.',
    mend: subject => [
      createCommand({ ...subject, databaseId: 'tsmon' }),
      "Set the option datastore: { databaseId: 'tsmon' }, and run: npx nestjs-tsmon doctor --database=tsmon",
    ],
  },
  {
    matches: (text, code) => code === NOT_FOUND || /database .{0,100}does not exist/i.test(text),
    means: 'The project has no such database.',
    mend: subject => [createCommand(subject)],
  },
  {
    matches: (_, code) => code === PERMISSION_DENIED,
    means: 'The account may not do this.',
    mend: subject => [grantCommand(subject, 'roles/datastore.user')],
  },
  {
    matches: (_, code) => code === DEADLINE_EXCEEDED || code === UNAVAILABLE,
    means: 'Datastore does not answer.',
    mend: ({ emulatorHost }) =>
      emulatorHost === undefined
        ? ['Let this machine reach https://datastore.googleapis.com, port 443.']
        : [
            `gcloud emulators firestore start --database-mode=datastore-mode --host-port=${emulatorHost}`,
          ],
  },
];

/** Describes why Datastore failed, and the command that mends it. */
export function datastoreFailure(check: string, error: unknown, subject: Subject): Finding {
  const text = errorMessage(error);
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = isDeadlineError(cause) ? DEADLINE_EXCEEDED : codeOf(cause);
  const known = KNOWN_FAILURES.find(({ matches }) => matches(text, code));
  return {
    check,
    status: 'failed',
    detail: known ? `${known.means} ${text}` : text,
    ...(known && { mend: known.mend(subject) }),
  };
}

function createCommand(subject: Subject): string {
  const database = subject.databaseId === undefined ? '' : ` --database=${subject.databaseId}`;
  return `gcloud firestore databases create --type=datastore-mode --location=REGION --project=${projectOf(subject)}${database}`;
}
