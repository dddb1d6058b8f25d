import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { SeldomLog } from '../seldom-log.js';
import { bearerToken, type RequestWithHeaders } from './bearer-token.js';
import { NoCertificatesError, type GoogleTokens } from './google-tokens.js';
import type { OidcAuth } from './oidc-auth.js';

/** Beginnings of the messages of google-auth-library, whose ends may hold the token, and what is said for them. */
const FAILURES: readonly (readonly [beginning: string, said: string])[] = [
  ['Wrong recipient', 'the token is for another audience'],
  ['Token used too late', 'the token has expired'],
  ['Token used too early', 'the token is not valid yet'],
  ['Invalid issuer', 'the token was not issued by accounts.google.com'],
];
const OTHER_FAILURE = 'the token is malformed, or not signed with a key of Google';

/** Where callers need the role run.invoker. */
const REMOVED_SIGNATURE = '.SIGNATURE_REMOVED_BY_GOOGLE';
const BY_CLOUD_RUN =
  'Cloud Run has verified the token itself and removed its signature: use { guard } in place of { oidc }';

/** Why a token is refused. The reason contains no text of the token, which the caller has written. */
interface Refusal {
  readonly reason: string;
  readonly detail?: string;
}

/** Lets service accounts of Google in, by the OIDC token that they send. */
export class OidcGuard implements CanActivate {
  constructor(
    private readonly path: string,
    private readonly auth: OidcAuth,
    private readonly tokens: Pick<GoogleTokens, 'verified'>,
    private readonly log: SeldomLog,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const token = bearerToken(context.switchToHttp().getRequest<RequestWithHeaders>());
    // Anybody may call without a token: that is no news.
    if (token === undefined) {
      return false;
    }
    const refusal = await this.refusalOf(token);
    if (refusal) {
      this.log.warn(
        `Calls of ${this.path} are refused with 403, since ${refusal.reason}`,
        refusal.detail,
      );
    }
    return refusal === undefined;
  }

  private async refusalOf(token: string): Promise<Refusal | undefined> {
    const { audience, serviceAccounts } = this.auth;
    if (token.endsWith(REMOVED_SIGNATURE)) {
      return { reason: BY_CLOUD_RUN };
    }
    try {
      const { email, email_verified } = await this.tokens.verified(token, audience);
      if (email === undefined || !serviceAccounts.includes(email)) {
        return { reason: 'the token is of an account that serviceAccounts does not have' };
      }
      return email_verified === true
        ? undefined
        : { reason: 'the email address of the token is not verified' };
    } catch (error) {
      return refusalFor(error);
    }
  }
}

function refusalFor(error: unknown): Refusal {
  if (error instanceof NoCertificatesError) {
    return { reason: 'the certificates of Google could not be had', detail: error.message };
  }
  const message = error instanceof Error ? error.message : '';
  const known = FAILURES.find(([beginning]) => message.startsWith(beginning));
  return { reason: known?.[1] ?? OTHER_FAILURE };
}
