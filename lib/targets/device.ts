import { checkedPart, targetKey, type Target } from './target.js';

/**
 * The parts of a {@link Device}. Left out, a part is the empty string.
 *
 * @publicApi
 */
export interface DeviceParts {
  /** Where it stands: `lab-3`. */
  metro?: string;
  /** What it is for: `printer`. */
  role?: string;
  /** Its own name: `printer-17`. */
  hostname: string;
  /** The group that it belongs to: `second-floor`. */
  hostgroup?: string;
}

/**
 * A machine that is reported about, rather than a process of the service. Use it with {@link withTarget}.
 *
 * @throws TypeError when a part is not a string.
 *
 * @publicApi
 */
export class Device implements Target {
  readonly type = 'device';
  readonly metro: string;
  readonly role: string;
  readonly hostname: string;
  readonly hostgroup: string;
  readonly key: string;

  constructor(parts: DeviceParts) {
    this.metro = checkedPart('metro of a Device', parts.metro ?? '');
    this.role = checkedPart('role of a Device', parts.role ?? '');
    this.hostname = checkedPart('hostname of a Device', parts.hostname);
    this.hostgroup = checkedPart('hostgroup of a Device', parts.hostgroup ?? '');
    this.key = targetKey(this.type, [this.metro, this.role, this.hostname, this.hostgroup]);
  }

  labels(): Readonly<Record<string, string>> {
    return {
      metro: this.metro,
      role: this.role,
      hostname: this.hostname,
      hostgroup: this.hostgroup,
    };
  }
}
