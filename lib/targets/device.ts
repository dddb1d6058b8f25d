import { Brand } from '../brand.js';
import { object, string } from '../validation/schema.js';
import { targetKey, type Target } from './target.js';

/**
 * The parts of a {@link Device}. A part that is left out is the empty string.
 *
 * @inline
 */
interface DeviceParts {
  /** The place of the device: `lab-3`. */
  metro?: string | undefined;
  /** The purpose of the device: `printer`. */
  role?: string | undefined;
  /** The name of the device: `printer-17`. */
  hostname: string;
  /** The group of the device: `second-floor`. */
  hostgroup?: string | undefined;
}

const ANY_STRING = { wanted: 'perhaps an empty one', isAllowed: () => true };

/** The rules for the {@link DeviceParts}. */
export const deviceParts = object({
  metro: string({ ...ANY_STRING, default: '' }),
  role: string({ ...ANY_STRING, default: '' }),
  hostname: string(ANY_STRING),
  hostgroup: string({ ...ANY_STRING, default: '' }),
});

const BRAND = new Brand<Device>('Device');

/**
 * A machine that metrics describe, instead of a process of the service. Use it with {@link withTarget}.
 *
 * @publicApi
 */
export class Device implements Target {
  static {
    BRAND.mark(this.prototype);
  }

  /** The kind of target. */
  readonly type = 'device';
  /** The place of the device. */
  readonly metro: string;
  /** The purpose of the device. */
  readonly role: string;
  /** The name of the device. */
  readonly hostname: string;
  /** The group of the device. */
  readonly hostgroup: string;
  /** The identity of the device, made from all parts. */
  readonly key: string;

  /** @throws TypeError when a part is unknown, or not a string. */
  constructor(parts: DeviceParts) {
    const { metro, role, hostname, hostgroup } = deviceParts.check(parts, 'Device');
    this.metro = metro;
    this.role = role;
    this.hostname = hostname;
    this.hostgroup = hostgroup;
    this.key = targetKey(this.type, [metro, role, hostname, hostgroup]);
  }

  /** Returns the parts as labels: `metro`, `role`, `hostname`, `hostgroup`. */
  labels(): Readonly<Record<string, string>> {
    return {
      metro: this.metro,
      role: this.role,
      hostname: this.hostname,
      hostgroup: this.hostgroup,
    };
  }
}

/** Whether a value is a Device. It may come from another copy of the package. */
export const isDevice = (value: unknown): value is Device => BRAND.isOn(value);
