import type { Certificates, OAuth2Client } from 'google-auth-library';
import type { Clock } from '../clock/clock.js';
import { Deadline } from '../clock/deadline.js';
import { SharedRun } from '../clock/shared-run.js';
import { loadOptional } from '../google/optional-package.js';
import { errorText } from '../log.js';
import { OwnWork } from '../own-work.js';

const ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];
const CERTIFICATES_URL = 'https://www.googleapis.com/oauth2/v1/certs';
const CERTIFICATES_TIMEOUT_MS = 5000;
const MAX_ERROR_LENGTH = 200;

/** The claims of a token that are read. */
interface TokenClaims {
  readonly email?: string | undefined;
  readonly email_verified?: boolean | undefined;
}

/** Google's certificates could not be loaded, so no token can be verified. */
export class NoCertificatesError extends Error {
  override readonly name = 'NoCertificatesError';
}

/**
 * Verifies that Google issued a token: its signature, issuer, audience and time, with five minutes of tolerance. Uses
 * `google-auth-library`. Google's certificates are cached for as long as Google says.
 */
export class GoogleTokens {
  private readonly ownWork = new OwnWork();
  private client: Promise<OAuth2Client> | undefined;
  /** Shares one request for certificates between all tokens that come meanwhile. */
  private readonly certificates = new SharedRun(() =>
    this.ownWork.runUncounted(() => this.loadCertificates()),
  );

  /** @param certificatesUrl the URL of Google's certificates. */
  constructor(
    private readonly clock: Clock,
    private readonly certificatesUrl = CERTIFICATES_URL,
  ) {}

  /**
   * Loads the library. Call it before the first token comes.
   *
   * @throws Error that names the package to install.
   */
  async load(): Promise<void> {
    await this.sharedClient();
  }

  /**
   * Verifies a token, and returns its claims.
   *
   * @throws NoCertificatesError; or the error of the library. Never show its message: it may contain the token.
   */
  async verify(token: string, audience: string): Promise<TokenClaims> {
    const client = await this.sharedClient();
    const certificates = await this.certificates.join();
    const ticket = await client.verifySignedJwtWithCertsAsync(
      token,
      certificates,
      audience,
      ISSUERS,
    );
    return ticket.getPayload() ?? {};
  }

  private sharedClient(): Promise<OAuth2Client> {
    this.client ??= this.ownWork.run(() => this.createClient());
    return this.client;
  }

  private async createClient(): Promise<OAuth2Client> {
    const { OAuth2Client } = await loadOptional({
      name: 'google-auth-library',
      need: 'OIDC tokens are verified by google-auth-library',
      alternative: 'use { guard } in place of { oidc }',
      load: () => import('google-auth-library'),
    });
    return new OAuth2Client({
      endpoints: { oauth2FederatedSignonPemCertsUrl: this.certificatesUrl },
      // Closes a request without an answer: it would stay open after the deadline.
      transporterOptions: { timeout: CERTIFICATES_TIMEOUT_MS },
    });
  }

  /** Loads the certificates. The library caches them. */
  private async loadCertificates(): Promise<Certificates> {
    const client = await this.sharedClient();
    const subject = 'Loading the certificates of Google';
    try {
      const { certs } = await Deadline.run(this.clock, subject, CERTIFICATES_TIMEOUT_MS, deadline =>
        deadline.race(client.getFederatedSignonCertsAsync()),
      );
      return certs as Certificates;
    } catch (error) {
      throw new NoCertificatesError(errorText(error).slice(0, MAX_ERROR_LENGTH));
    }
  }
}
