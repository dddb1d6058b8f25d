import 'reflect-metadata';

/** Runs `call`, and returns the result that the caller of the method gets. */
export type CallWrapper = (
  method: string,
  args: readonly unknown[],
  call: () => unknown,
) => unknown;

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Wraps a method. The wrapped function keeps the name, length and metadata of the original. So it works above and below
 * Nest's decorators, which write metadata on the function and read it.
 */
export function wrapMethod(method: Method, name: string, wrapper: CallWrapper): Method {
  const wrapped = new Proxy(method, {
    apply: (target, self, args: unknown[]) =>
      wrapper(name, args, () => Reflect.apply(target, self, args)),
  });
  for (const key of Reflect.getOwnMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), wrapped);
  }
  return wrapped;
}

/** Methods that Nest calls once in the life of an application. */
const LIFECYCLE_HOOKS: ReadonlySet<PropertyKey> = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** Wraps all methods that a class itself declares, except lifecycle hooks. */
export function wrapMethods(prototype: object, wrapper: CallWrapper): void {
  for (const key of Reflect.ownKeys(prototype)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(prototype, key);
    if (key !== 'constructor' && !LIFECYCLE_HOOKS.has(key) && isMethod(descriptor)) {
      descriptor.value = wrapMethod(descriptor.value, String(key), wrapper);
      Object.defineProperty(prototype, key, descriptor);
    }
  }
}

/** Whether a value is the descriptor of a method, not of an accessor or another value. */
export function isMethod(
  descriptor: unknown,
): descriptor is PropertyDescriptor & { value: Method } {
  return typeof (descriptor as PropertyDescriptor | undefined)?.value === 'function';
}
