/**
 * Allows callers with an OIDC token that Google signed for `audience` and for one of `serviceAccounts`. Tokens are verified
 * by `google-auth-library`, which must be installed.
 *
 * @publicApi
 */
export interface OidcAuth {
  /** The audience of the token. For a job of Cloud Scheduler it is set there; by default it is the URL of the job. */
  readonly audience: string;
  /** The email addresses of the allowed service accounts. */
  readonly serviceAccounts: readonly string[];
}

const NAMES = ['audience', 'serviceAccounts'] as const satisfies readonly (keyof OidcAuth)[];

/**
 * @param option the name of the option for messages: `housekeeping.auth.oidc`.
 * Checks the option.
 *
 * @throws TypeError that names the option, its value and the allowed values.
 */
export function validateOidcAuth(option: string, given: unknown): asserts given is OidcAuth {
  if (typeof given !== 'object' || given === null) {
    throw wrong(option, 'an object with audience and serviceAccounts', given);
  }
  const other = Object.keys(given).find(name => !(NAMES as readonly string[]).includes(name));
  if (other !== undefined) {
    throw new TypeError(`Unknown option "${other}" in ${option}; it has ${NAMES.join(', ')}.`);
  }
  const { audience, serviceAccounts } = given as Partial<Record<keyof OidcAuth, unknown>>;
  if (typeof audience !== 'string' || audience === '') {
    throw wrong(`${option}.audience`, 'a string that is not empty: the URL of the job', audience);
  }
  if (!Array.isArray(serviceAccounts) || serviceAccounts.length === 0) {
    throw wrong(
      `${option}.serviceAccounts`,
      'a list with the email address of at least one service account',
      serviceAccounts,
    );
  }
  serviceAccounts.forEach((email: unknown, i) => {
    if (typeof email !== 'string' || !/^[^@\s]+@[^@\s]+$/.test(email)) {
      throw wrong(`${option}.serviceAccounts[${i}]`, 'an email address', email);
    }
  });
}

function wrong(option: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`Option ${option} must be ${wanted}, got ${shown(value)}.`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `a list of ${value.length}`;
  }
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
