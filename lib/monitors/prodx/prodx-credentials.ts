import { loadOptional } from '../../google/optional-package.js';

/**
 * Who sends: any client of `google-auth-library` fits, such as a `GoogleAuth`, an `Impersonated` or a `JWT`.
 * Give it the scope `https://www.googleapis.com/auth/prodxmon`.
 *
 * @publicApi
 */
export interface ProdXCredentials {
  /** The headers that authorize a call, as an object or as a `Headers`. */
  getRequestHeaders(
    url?: string,
  ): Promise<Readonly<Record<string, string>> | Iterable<readonly [name: string, value: string]>>;
}

const SCOPE = 'https://www.googleapis.com/auth/prodxmon';
/**
 * ProdX needs no project. Where google-auth-library is told none it looks for one all the same, at last by running
 * `gcloud`, which takes seconds.
 */
const PROJECT_THAT_NOBODY_NEEDS = 'none';

/** The application default credentials. */
export async function defaultCredentials(): Promise<ProdXCredentials> {
  const { GoogleAuth } = await loadOptional({
    name: 'google-auth-library',
    need: 'ProdXMonitor needs credentials',
    alternative: 'set its option credentials',
    load: () => import('google-auth-library'),
  });
  return new GoogleAuth({ scopes: SCOPE, projectId: PROJECT_THAT_NOBODY_NEEDS });
}
