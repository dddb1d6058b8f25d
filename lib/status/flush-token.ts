import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock/clock.js';

/** The header of the page's token. A form or an image of another site cannot set a header. */
export const FLUSH_TOKEN_HEADER = 'x-tsmon-token';

const VALID_MS = 12 * 3_600_000;

/**
 * Makes and checks tokens, which prove that a request comes from a page of this process. A token is the time when it was
 * made, signed with a key that never leaves the process.
 */
export class FlushToken {
  private readonly key = randomBytes(32);

  constructor(private readonly clock: Clock) {}

  make(): string {
    return this.signed(Math.floor(this.clock.now()));
  }

  isValid(token: unknown): boolean {
    if (typeof token !== 'string') {
      return false;
    }
    const madeMs = Number.parseInt(token, 36);
    const ageMs = this.clock.now() - madeMs;
    return isSame(token, this.signed(madeMs)) && ageMs >= 0 && ageMs < VALID_MS;
  }

  private signed(madeMs: number): string {
    const time = madeMs.toString(36);
    return `${time}.${createHmac('sha256', this.key).update(time).digest('base64url')}`;
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
