/** Values that an application may throw, and that cannot be turned into a string. */
export const HOSTILE_VALUES: readonly (readonly [name: string, make: () => unknown])[] = [
  ['an object without a prototype', () => Object.create(null)],
  ['a revoked proxy', revokedProxy],
  [
    'an object whose toString() throws',
    () => ({
      toString: () => {
        throw new Error('no text');
      },
    }),
  ],
  ['an Error whose message throws', errorWithoutMessage],
  ['a symbol', () => Symbol('thrown')],
];

function revokedProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function errorWithoutMessage(): Error {
  return Object.defineProperty(new Error(), 'message', {
    get: () => {
      throw new Error('no message');
    },
  });
}
