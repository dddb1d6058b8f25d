import 'reflect-metadata';

/** Runs a call of a method in some other way, and returns what it is to return. */
export type Around = (method: string, args: readonly unknown[], call: () => unknown) => unknown;

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * The function with something around it. It keeps name and length, and has the metadata of the original, so
 * that it stands for it above and below the decorators of Nest, which write on the function and read from it.
 */
export function surround(method: Method, name: string, around: Around): Method {
  const surrounded = new Proxy(method, {
    apply: (target, self, args: unknown[]) =>
      around(name, args, () => Reflect.apply(target, self, args)),
  });
  for (const key of Reflect.getOwnMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), surrounded);
  }
  return surrounded;
}

/** Methods that Nest calls, once in the life of an application. */
const LIFECYCLE_HOOKS: ReadonlySet<PropertyKey> = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** Surrounds all methods of a class that are its own, but for the lifecycle hooks. */
export function surroundMethods(prototype: object, around: Around): void {
  for (const key of Reflect.ownKeys(prototype)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(prototype, key);
    if (key !== 'constructor' && !LIFECYCLE_HOOKS.has(key) && isMethod(descriptor)) {
      descriptor.value = surround(descriptor.value, String(key), around);
      Object.defineProperty(prototype, key, descriptor);
    }
  }
}

/** True for the descriptor of a method; false for an accessor or a value. */
export function isMethod(
  descriptor: unknown,
): descriptor is PropertyDescriptor & { value: Method } {
  return typeof (descriptor as PropertyDescriptor | undefined)?.value === 'function';
}
