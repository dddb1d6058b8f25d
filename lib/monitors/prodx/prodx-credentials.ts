import { loadOptional } from '../../google/optional-package.js';

/**
 * The credentials of the sender. Any client of `google-auth-library` fits, such as a `GoogleAuth`, an `Impersonated` or a `JWT`.
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
 * A placeholder: ProdX needs no project. Without one google-auth-library searches for a project, and at last runs `gcloud`, which
 * takes seconds.
 */
const UNUSED_PROJECT = 'none';

/** The application default credentials. */
export async function defaultCredentials(): Promise<ProdXCredentials> {
  const { GoogleAuth } = await loadOptional({
    name: 'google-auth-library',
    need: 'ProdXMonitor needs credentials',
    alternative: 'set its option credentials',
    load: () => import('google-auth-library'),
  });
  return new GoogleAuth({ scopes: SCOPE, projectId: UNUSED_PROJECT });
}
