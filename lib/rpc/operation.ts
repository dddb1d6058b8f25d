import type { ExecutionContext } from '@nestjs/common';
import { messageTransport } from './message-transport.js';

/** What was called. Its name comes from the code of the application, never from the client. */
export interface Operation {
  readonly transport: string;
  readonly name: string;
}

interface GrpcPattern {
  readonly service: string;
  readonly rpc: string;
}

/** The part of GraphQL's `info` that is used here. */
interface ResolveInfo {
  readonly fieldName: string;
  readonly parentType: { readonly name: string };
  readonly path: { readonly prev?: unknown };
}

// Metadata that Nest's decorators write. The packages of these decorators are not loaded here: not every application has them.
const MESSAGE_PATTERNS = 'microservices:pattern';
const MESSAGE_TRANSPORT = 'microservices:transport';
const WEBSOCKET_EVENT = 'message';
const GRPC = 4;

/** Returns the operation that a handler was called for; undefined for a call that is not measured. */
export function operationOf(context: ExecutionContext): Operation | undefined {
  switch (context.getType<string>()) {
    case 'rpc':
      return messageOf(context);
    case 'ws':
      return { transport: 'websocket', name: textOf(metadataOf(context, WEBSOCKET_EVENT)) };
    case 'graphql':
      return rootFieldOf(context.getArgByIndex<ResolveInfo | undefined>(3));
    default:
      return undefined;
  }
}

function messageOf(context: ExecutionContext): Operation {
  const patterns = metadataOf(context, MESSAGE_PATTERNS);
  if (metadataOf(context, MESSAGE_TRANSPORT) === GRPC) {
    const [{ service, rpc }] = patterns as [GrpcPattern];
    return { transport: 'grpc', name: `${service}/${rpc}` };
  }
  const name = Array.isArray(patterns) ? patterns.map(textOf).join(',') : '';
  return { transport: messageTransport(context.getArgByIndex(1)), name };
}

/** Returns nothing for the resolvers of further fields: an operation is measured once for each of its root fields. */
function rootFieldOf(info: ResolveInfo | undefined): Operation | undefined {
  return info?.path && info.path.prev === undefined
    ? { transport: 'graphql', name: `${info.parentType.name}.${info.fieldName}` }
    : undefined;
}

function metadataOf(context: ExecutionContext, key: string): unknown {
  return Reflect.getMetadata(key, context.getHandler());
}

/** Returns `order` for the pattern `'order'`, `{"cmd":"order"}` for an object, and `/^order/` for a RegExp. */
function textOf(pattern: unknown): string {
  const isText = typeof pattern === 'string' || pattern instanceof RegExp;
  return isText ? String(pattern) : (JSON.stringify(pattern) ?? '');
}
