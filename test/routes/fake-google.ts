import {
  createHmac,
  generateKeyPairSync,
  sign,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const KEY_ID = 'key-1';
const MAX_AGE_SEC = 3600;

export const AUDIENCE = 'https://shop.example/internal/cron/ts_mon/housekeeping';
export const ACCOUNT = 'scheduler@shop.iam.gserviceaccount.com';

/** How a token differs from a good one. `undefined` leaves a claim out. */
export interface TokenParts {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  /** Instead of Google's key. */
  readonly key?: KeyObject;
  /** Instead of a signature by a key. */
  readonly signature?: (signed: string) => string;
}

/** Signs tokens as Google does, and publishes the keys to verify them by. */
export class FakeGoogle {
  /** How often somebody asked for the keys. */
  asked = 0;
  /** What it answers. */
  answer: (response: ServerResponse) => void = response => this.publish(response);
  private readonly keys: KeyPairKeyObjectResult = generateKeyPairSync('rsa', {
    modulusLength: 2048,
  });
  private readonly server: Server;

  private constructor() {
    this.server = createServer((_request, response) => {
      this.asked += 1;
      this.answer(response);
    });
  }

  static async start(): Promise<FakeGoogle> {
    const google = new FakeGoogle();
    await new Promise<void>(resolve => {
      google.server.listen(0, '127.0.0.1', resolve);
    });
    return google;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/certs`;
  }

  get publicKey(): string {
    return this.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }

  publish(response: ServerResponse, maxAgeSec = MAX_AGE_SEC): void {
    response
      .setHeader('Content-Type', 'application/json')
      .setHeader('Cache-Control', `public, max-age=${maxAgeSec}`)
      .end(JSON.stringify({ [KEY_ID]: this.publicKey }));
  }

  /** A token as Cloud Scheduler sends it, but for what `parts` say. */
  token(parts: TokenParts = {}): string {
    const nowSec = Math.floor(Date.now() / 1000);
    const header = { alg: 'RS256', kid: KEY_ID, typ: 'JWT', ...parts.header };
    const claims = {
      iss: 'https://accounts.google.com',
      aud: AUDIENCE,
      azp: '1234567890',
      sub: '1234567890',
      email: ACCOUNT,
      email_verified: true,
      iat: nowSec,
      exp: nowSec + 3600,
      ...parts.claims,
    };
    const signed = `${base64(header)}.${base64(claims)}`;
    const signature =
      parts.signature?.(signed) ??
      sign('sha256', Buffer.from(signed), parts.key ?? this.keys.privateKey).toString('base64url');
    return `${signed}.${signature}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }
}

/** Signs with a shared secret, as in HS256. */
export function hmac(secret: string): (signed: string) => string {
  return signed => createHmac('sha256', secret).update(signed).digest('base64url');
}

/** A key that Google does not have. */
export function anotherKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
