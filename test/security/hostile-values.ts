import type { SeededRandom } from '../support/seeded-random.js';

const PROTOTYPE_KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];
const TEXTS = [
  '',
  ...PROTOTYPE_KEYS,
  '\0',
  'nul\0inside',
  '\ud800',
  'low \udc00 and high \ud800',
  '\ufffe\uffff',
  '\u202egnp.exe',
  'e\u0301'.repeat(50),
  '😀'.repeat(100),
  '\r\nSet-Cookie: a=b\r\n\r\n',
  '"} 1\n# HELP evil evil\nevil 1\n',
  '|',
  '%',
  '${jndi:ldap://x/a}',
  '../../etc/passwd',
  "'; DROP TABLE cells; --",
  '<script>alert(1)</script>',
  '[object Object]',
  'null',
  '-0',
];

/** Makes what strangers send, the same in every run. */
export class HostileValues {
  constructor(private readonly random: SeededRandom) {}

  text(): string {
    const { random } = this;
    switch (random.below(8)) {
      case 0:
        return random.oneOf(TEXTS);
      case 1:
        return random.oneOf(TEXTS) + random.oneOf(TEXTS);
      case 2:
        return 'x'.repeat(random.oneOf([1023, 1024, 1025, 5000, 20_000]));
      case 3:
        return random.oneOf(PROTOTYPE_KEYS) + random.below(1e6);
      default:
        return this.codeUnits(random.below(20));
    }
  }

  /** Any value at all. */
  anything(): unknown {
    const { random } = this;
    switch (random.below(4)) {
      case 0:
        return this.text();
      case 1:
        return random.oneOf(NUMBERS);
      case 2:
        return random.oneOf(ODDITIES)();
      default:
        return random.below(2 ** 31);
    }
  }

  /** An object with about these properties, as a parser or an attacker would make it. */
  object(names: readonly string[]): unknown {
    const { random } = this;
    const target = random.oneOf([() => ({}), () => Object.create(null) as object, () => []])();
    for (const name of names) {
      if (random.below(10) > 0) {
        define(target, name, this.anything());
      }
    }
    if (random.below(3) === 0) {
      define(target, random.oneOf(PROTOTYPE_KEYS), this.anything());
    }
    if (random.below(20) === 0) {
      return random.oneOf(TRAPS)(target);
    }
    return target;
  }

  /** A path as it may stand in a request: no spaces, no control characters, bytes of Latin 1. */
  path(): string {
    const { random } = this;
    const part = (): string =>
      random.oneOf([
        () => encodeURIComponent(Buffer.from(this.text()).toString()).slice(0, 3000),
        () => random.oneOf(PROTOTYPE_KEYS),
        () =>
          random.oneOf(['%', '%zz', '%00', '%E0%A4%A', '..', '.', '%2e%2e', '%2f', ';', '@', '*']),
        () => `${random.below(1e9)}`,
        () => this.latin(1 + random.below(20)),
        () => 'x'.repeat(random.oneOf([1, 100, 8000])),
      ])();
    const prefix = random.oneOf([
      '/items/',
      '/items/',
      '/devices/',
      '/devices/',
      '/search?q=',
      '/search?q[]=',
      '/search?__proto__[q]=',
      '/search?q[__proto__]=',
      '/orders/',
      '/',
      '//',
      '/internal/tsmon?format=',
      '/internal/cron/ts_mon/housekeeping?',
      '/internal/cron/ts_mon/housekeeping/',
      'http://evil.example/',
    ]);
    return prefix + part() + (random.below(4) === 0 ? `/${part()}` : '');
  }

  /** The value of a header: any byte but control characters. */
  header(): string {
    const { random } = this;
    return random.oneOf([
      () => random.oneOf(['GoogleHC/1.0', 'kube-probe/1', 'B3M/prober', 'GoogleBot']),
      () => random.oneOf(PROTOTYPE_KEYS),
      () => this.latin(random.below(40)),
      () => 'u'.repeat(random.oneOf([500, 4000])),
    ])();
  }

  private codeUnits(length: number): string {
    return String.fromCharCode(...Array.from({ length }, () => this.random.below(0x10000)));
  }

  private latin(length: number): string {
    return String.fromCharCode(
      ...Array.from({ length }, () => {
        const code = 0x21 + this.random.below(0xde);
        return code === 0x7f ? 0x21 : code;
      }),
    );
  }
}

const NUMBERS = [
  NaN,
  Infinity,
  -Infinity,
  -0,
  0,
  -1,
  0.1,
  2 ** 53,
  -(2 ** 53),
  1e308,
  5e-324,
  2 ** 63,
];

const ODDITIES: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => 10n ** 30n,
  () => Symbol('evil'),
  () => () => 'evil',
  () => ({}),
  () => [['a']],
  () => new Date(NaN),
  () => Object('boxed'),
  () => ({ toString: () => 'evil', valueOf: () => 7 }),
  () => ({
    toString: () => {
      throw new Error('evil toString');
    },
  }),
  () => new Map([['a', 1]]),
  () => Promise.resolve('late'),
  () => Buffer.from('bytes'),
];

const TRAPS: readonly ((target: object) => unknown)[] = [
  target =>
    new Proxy(target, {
      get: () => {
        throw new Error('evil get');
      },
    }),
  target => new Proxy(target, { get: () => 'evil' }),
  target =>
    new Proxy(target, {
      ownKeys: () => {
        throw new Error('evil ownKeys');
      },
    }),
  target => Object.freeze(target),
];

/** As an own property, also where the name is `__proto__`. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
