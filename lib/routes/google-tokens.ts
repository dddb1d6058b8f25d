import type { Certificates, OAuth2Client } from 'google-auth-library';
import type { Clock } from '../clock/clock.js';
import { Deadline } from '../clock/deadline.js';
import { loadOptional } from '../google/optional-package.js';
import { errorText } from '../log.js';
import { OwnWork } from '../own-work.js';

const ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];
const CERTIFICATES_URL = 'https://www.googleapis.com/oauth2/v1/certs';
const CERTIFICATES_TIMEOUT_MS = 5000;
const LONGEST_SHOWN_ERROR = 200;

/** What is read of a token. */
interface TokenClaims {
  readonly email?: string | undefined;
  readonly email_verified?: boolean | undefined;
}

/** The certificates of Google could not be had: nothing can be said about any token. */
export class NoCertificatesError extends Error {
  override readonly name = 'NoCertificatesError';
}

/**
 * Verifies that tokens are Google's, by `google-auth-library`: by their signature, issuer, audience and time, with
 * five minutes of tolerance. Google's certificates are kept for as long as Google says.
 */
export class GoogleTokens {
  private readonly ownWork = new OwnWork();
  private client: Promise<OAuth2Client> | undefined;
  private certificates: Promise<Certificates> | undefined;

  /** @param certificatesUrl where Google publishes its certificates. */
  constructor(
    private readonly clock: Clock,
    private readonly certificatesUrl = CERTIFICATES_URL,
  ) {}

  /**
   * To be called before the first token comes.
   *
   * @throws Error that names the package to install.
   */
  async load(): Promise<void> {
    await this.opened();
  }

  /**
   * What the token says.
   *
   * @throws NoCertificatesError; or what the library failed with, whose message may hold the token: never to be shown.
   */
  async verified(token: string, audience: string): Promise<TokenClaims> {
    const client = await this.opened();
    const certificates = await this.currentCertificates(client);
    const ticket = await client.verifySignedJwtWithCertsAsync(
      token,
      certificates,
      audience,
      ISSUERS,
    );
    return ticket.getPayload() ?? {};
  }

  private opened(): Promise<OAuth2Client> {
    this.client ??= this.ownWork.run(() => this.open());
    return this.client;
  }

  private async open(): Promise<OAuth2Client> {
    const { OAuth2Client } = await loadOptional({
      name: 'google-auth-library',
      need: 'OIDC tokens are verified by google-auth-library',
      alternative: 'use { guard } in place of { oidc }',
      load: () => import('google-auth-library'),
    });
    return new OAuth2Client({
      endpoints: { oauth2FederatedSignonPemCertsUrl: this.certificatesUrl },
      // Without this a request that is never answered would stay open after nobody waits for it any more.
      transporterOptions: { timeout: CERTIFICATES_TIMEOUT_MS },
    });
  }

  /** However many tokens come at once, Google is asked once. */
  private currentCertificates(client: OAuth2Client): Promise<Certificates> {
    this.certificates ??= this.ownWork.runUncounted(() =>
      this.getCertificates(client).finally(() => {
        this.certificates = undefined;
      }),
    );
    return this.certificates;
  }

  /** The library answers from its cache where it can. */
  private async getCertificates(client: OAuth2Client): Promise<Certificates> {
    const what = 'Getting the certificates of Google';
    try {
      const { certs } = await Deadline.run(this.clock, what, CERTIFICATES_TIMEOUT_MS, deadline =>
        deadline.race(client.getFederatedSignonCertsAsync()),
      );
      return certs as Certificates;
    } catch (error) {
      throw new NoCertificatesError(errorText(error).slice(0, LONGEST_SHOWN_ERROR));
    }
  }
}
