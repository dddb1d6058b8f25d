/** What one check found. */
export interface Finding {
  /** The name of the check, which stays the same from version to version: `conditional-writes`. */
  readonly check: string;
  /** `failed` makes the exit code 1. `warning` and `skipped` do not. */
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found, in whole sentences. */
  readonly detail: string;
  /** Commands, or other steps, that mend a failure. Left out where there is nothing to mend. */
  readonly mend?: readonly string[];
}

/** The project that is looked at, as the commands that mend it name it. */
export interface Subject {
  /** Undefined if neither an option nor the credentials name it. */
  readonly projectId: string | undefined;
  /** Undefined for the default database. */
  readonly databaseId: string | undefined;
  /** The account that the credentials belong to, as `gcloud … --member` takes it. */
  readonly member: string;
  /** Host and port of the emulator that stands in for Datastore; undefined on Google Cloud. */
  readonly emulatorHost: string | undefined;
}

/** The project for a command, or a word that stands for it. */
export function projectOf({ projectId }: Subject): string {
  return projectId ?? 'PROJECT_ID';
}

/** The command that grants a role to the account of the credentials. */
export function grantCommand(subject: Subject, role: string): string {
  return `gcloud projects add-iam-policy-binding ${projectOf(subject)} --role=${role} --member="${subject.member}"`;
}

/** The command that enables an API in the project. */
export function enableCommand(subject: Subject, api: string): string {
  return `gcloud services enable ${api} --project=${projectOf(subject)}`;
}

/** The command that lets programs of this machine act for the person at it. */
export const LOGIN_COMMAND = 'gcloud auth application-default login';

/** The file of the App Engine cron, or the job of Cloud Scheduler, that calls housekeeping. */
export function cronCommands(subject: Subject, path: string): readonly string[] {
  return [
    `On App Engine, with ${path} in cron.yaml: gcloud app deploy cron.yaml --project=${projectOf(subject)}`,
    `Elsewhere: gcloud scheduler jobs create http tsmon-housekeeping --project=${projectOf(subject)} --location=REGION --schedule='* * * * *' --http-method=get --uri=https://SERVICE_URL${path} --oidc-service-account-email=CRON_ACCOUNT --oidc-token-audience=https://SERVICE_URL`,
  ];
}
