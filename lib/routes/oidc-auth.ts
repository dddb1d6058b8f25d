import { array, object, string } from '../validation/schema.js';

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

const email = string({
  wanted: 'an email address',
  isAllowed: text => /^[^@\s]+@[^@\s]+$/.test(text),
});

/** The rules for {@link OidcAuth}. */
export const oidcAuth = object<OidcAuth>({
  audience: string({ wanted: 'the URL of the job' }),
  serviceAccounts: array(email, {
    wanted: 'a list with the email address of at least one service account',
    minLength: 1,
  }),
});
