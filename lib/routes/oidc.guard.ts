import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { SeldomLog } from '../seldom-log.js';
import { bearerToken, type RequestWithHeaders } from './bearer-token.js';
import { NoCertificatesError, type GoogleTokens } from './google-tokens.js';
import type { OidcAuth } from './oidc-auth.js';

/** Messages of google-auth-library by their beginning, since the rest may contain the token, and our reason for each. */
const FAILURES: readonly (readonly [beginning: string, reason: string])[] = [
  ['Wrong recipient', 'the token is for another audience'],
  ['Token used too late', 'the token has expired'],
  ['Token used too early', 'the token is not valid yet'],
  ['Invalid issuer', 'the token was not issued by accounts.google.com'],
];
const OTHER_FAILURE = 'the token is malformed, or not signed with a key of Google';

/** Cloud Run removes the signature if callers need the role run.invoker. */
const REMOVED_SIGNATURE = '.SIGNATURE_REMOVED_BY_GOOGLE';
const VERIFIED_BY_CLOUD_RUN =
  'Cloud Run has verified the token itself and removed its signature: use { guard } in place of { oidc }';

/** Says why a token is refused. The reason contains no text of the token, since any caller can write one. */
interface Refusal {
  readonly reason: string;
  readonly detail?: string;
}

/** Allows Google service accounts by the OIDC token that they send. */
export class OidcGuard implements CanActivate {
  constructor(
    private readonly path: string,
    private readonly auth: OidcAuth,
    private readonly tokens: Pick<GoogleTokens, 'verify'>,
    private readonly log: SeldomLog,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const token = bearerToken(context.switchToHttp().getRequest<RequestWithHeaders>());
    // Calls without a token are not logged, since strangers can make as many as they like.
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
      return { reason: VERIFIED_BY_CLOUD_RUN };
    }
    try {
      const { email, email_verified } = await this.tokens.verify(token, audience);
      if (email === undefined || !serviceAccounts.includes(email)) {
        return { reason: 'the account of the token is not in serviceAccounts' };
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
    return { reason: 'the certificates of Google could not be loaded', detail: error.message };
  }
  const message = error instanceof Error ? error.message : '';
  const known = FAILURES.find(([beginning]) => message.startsWith(beginning));
  return { reason: known?.[1] ?? OTHER_FAILURE };
}
