/** A method that only the context of one transport of `@nestjs/microservices` has. Class names may be minified. */
const METHODS = [
  ['tcp', 'getSocketRef'],
  ['redis', 'getChannel'],
  ['nats', 'getSubject'],
  ['mqtt', 'getPacket'],
  ['rmq', 'getChannelRef'],
  ['kafka', 'getPartition'],
] as const;

/** Returns the transport that a message came by, from the context that Nest hands to its handler; `custom` for others. */
export function messageTransport(context: unknown): string {
  const isObject = typeof context === 'object' && context !== null;
  const found = isObject && METHODS.find(([, method]) => method in context);
  return found ? found[0] : 'custom';
}
