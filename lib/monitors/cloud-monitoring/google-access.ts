import { authorizationHeaders } from '../../google/authorization.js';
import { loadOptional, PackageLoadError } from '../../google/optional-package.js';
import { withoutLookupWarning } from '../../google/quiet-lookup.js';
import { errorMessage } from '../../log.js';
import type {
  CloudMonitoringAuth,
  CloudMonitoringCredentials,
  CloudMonitoringSettings,
} from './cloud-monitoring-options.js';

const SCOPE = 'https://www.googleapis.com/auth/monitoring.write';
const LONGEST_SHOWN_ERROR = 300;

/** Credentials or the project are missing. Only a person can mend this. */
export class NoAccessError extends Error {
  override readonly name = 'NoAccessError';
}

/** Finds the project and authorizes requests. */
export class GoogleAccess {
  private auth: Promise<CloudMonitoringAuth> | undefined;
  private knownProjectId: string | undefined;
  /** Whether credentials were found, so that no further search begins. */
  private foundAccess = false;

  constructor(
    private readonly settings: Pick<CloudMonitoringSettings, 'projectId' | 'credentials' | 'auth'>,
  ) {
    this.knownProjectId = settings.projectId;
  }

  /** @throws NoAccessError when no option, credential or environment variable names the project. */
  async projectId(): Promise<string> {
    this.knownProjectId ??= await this.with('find out the project', projectOf);
    return this.knownProjectId;
  }

  /** @throws NoAccessError when there are no usable credentials. */
  async headers(url: string): Promise<Record<string, string>> {
    return this.with('authorize a request', auth => authorizationHeaders(auth, url));
  }

  private async with<T>(
    purpose: string,
    use: (auth: CloudMonitoringAuth) => Promise<T>,
  ): Promise<T> {
    this.auth ??= this.open();
    const { auth } = this;
    try {
      const result = await (this.foundAccess
        ? use(await auth)
        : withoutLookupWarning(async () => use(await auth)));
      this.foundAccess = true;
      return result;
    } catch (error) {
      this.foundAccess = false;
      // The next flush tries again with a new GoogleAuth: the old one remembers that it found no credentials.
      if (this.auth === auth) {
        this.auth = undefined;
      }
      throw noAccess(purpose, error);
    }
  }

  private async open(): Promise<CloudMonitoringAuth> {
    return this.settings.auth ?? (await googleAuth(this.settings.credentials, this.knownProjectId));
  }
}

/** @param projectId the project, if it is known. Without it the library searches for the project, and at last runs `gcloud`, which takes seconds. */
async function googleAuth(
  credentials: CloudMonitoringCredentials | undefined,
  projectId: string | undefined,
): Promise<CloudMonitoringAuth> {
  const { GoogleAuth } = await loadOptional({
    name: 'google-auth-library',
    need: 'CloudMonitoringMonitor needs credentials',
    alternative: 'set its option auth',
    load: () => import('google-auth-library'),
  });
  return new GoogleAuth({
    scopes: [SCOPE],
    ...(credentials && { credentials }),
    ...(projectId !== undefined && { projectId }),
  });
}

async function projectOf(auth: CloudMonitoringAuth): Promise<string> {
  let why = 'the credentials do not tell.';
  try {
    const projectId = await auth.getProjectId?.();
    if (projectId) {
      return projectId;
    }
  } catch (error) {
    why = errorMessage(error).slice(0, LONGEST_SHOWN_ERROR);
  }
  throw new NoAccessError(
    `CloudMonitoringMonitor does not know the project. Set its option projectId, or the environment variable GOOGLE_CLOUD_PROJECT: ${why}`,
  );
}

function noAccess(purpose: string, error: unknown): NoAccessError {
  if (error instanceof NoAccessError) {
    return error;
  }
  if (error instanceof PackageLoadError) {
    return new NoAccessError(error.message);
  }
  // The error of the library is not passed on as the cause: it holds tokens and keys.
  return new NoAccessError(
    `CloudMonitoringMonitor could not ${purpose}. Check the service account of this instance, or the options credentials and auth: ${errorMessage(error).slice(0, LONGEST_SHOWN_ERROR)}`,
  );
}
