import { Brand } from '../brand.js';
import { checkedPart, targetKey, type Target } from './target.js';

/**
 * The parts of a {@link Device}. Left out, a part is the empty string.
 *
 * @publicApi
 */
export interface DeviceParts {
  /** Where it stands: `lab-3`. */
  metro?: string | undefined;
  /** What it is for: `printer`. */
  role?: string | undefined;
  /** Its own name: `printer-17`. */
  hostname: string;
  /** The group that it belongs to: `second-floor`. */
  hostgroup?: string | undefined;
}

const BRAND = new Brand<Device>('Device');

/**
 * A machine that is reported about, rather than a process of the service. Use it with {@link withTarget}.
 *
 * @publicApi
 */
export class Device implements Target {
  static {
    BRAND.mark(this.prototype);
  }

  /** The name of its shape. */
  readonly type = 'device';
  /** Where it stands. */
  readonly metro: string;
  /** What it is for. */
  readonly role: string;
  /** Its own name. */
  readonly hostname: string;
  /** The group that it belongs to. */
  readonly hostgroup: string;
  /** Its identity: of all of its parts. */
  readonly key: string;

  /** @throws TypeError when a part is not a string. */
  constructor(parts: DeviceParts) {
    this.metro = checkedPart('metro of a Device', parts.metro ?? '');
    this.role = checkedPart('role of a Device', parts.role ?? '');
    this.hostname = checkedPart('hostname of a Device', parts.hostname);
    this.hostgroup = checkedPart('hostgroup of a Device', parts.hostgroup ?? '');
    this.key = targetKey(this.type, [this.metro, this.role, this.hostname, this.hostgroup]);
  }

  /** Its parts as labels: `metro`, `role`, `hostname`, `hostgroup`. */
  labels(): Readonly<Record<string, string>> {
    return {
      metro: this.metro,
      role: this.role,
      hostname: this.hostname,
      hostgroup: this.hostgroup,
    };
  }
}

/** Whether it is a device, of this copy of the package or of another. */
export const isDevice = (value: unknown): value is Device => BRAND.isOn(value);
