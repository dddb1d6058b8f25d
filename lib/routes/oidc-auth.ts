/**
 * Which OIDC tokens of Google open a route: those that were signed by Google, made for `audience`, and given to one
 * of `serviceAccounts`. They are verified by `google-auth-library`, which is to be installed for that.
 *
 * @publicApi
 */
export interface OidcAuth {
  /** The audience of the token, as it is set at the job of Cloud Scheduler; there it is the URL of the job by default. */
  readonly audience: string;
  /** The email addresses of the service accounts that may call. */
  readonly serviceAccounts: readonly string[];
}

const NAMES = ['audience', 'serviceAccounts'] as const satisfies readonly (keyof OidcAuth)[];

/**
 * @param option names the option in messages: `housekeeping.auth.oidc`.
 * @throws TypeError that names the option, its value and what to do.
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
