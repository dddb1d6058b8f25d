import type { ServiceDefinition } from '@grpc/proto-loader';
import type { TimeSlice } from '../../clock/time-slice.js';
import { loadOptional } from '../../google/optional-package.js';
import type { MetricsPayload } from './metrics-payload.js';
import { PARTS_SERVICE, SCHEMA, SERVICE } from './schema.js';

/** The two packages that gRPC needs. Either may be missing. */
export const NEED_OF_GRPC = {
  need: 'ProdXMonitor needs gRPC',
  install: '@grpc/grpc-js @grpc/proto-loader',
};

/** A `MonitoringInsertResponse`. Members with their default are left out. */
export interface InsertReply {
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
}

/** The definition of `MonitoringService.Insert` for gRPC. */
export interface InsertMethod {
  readonly path: string;
  /** Serialises a request whose payload is given in parts. */
  serialize(parts: readonly MetricsPayload[], slice: TimeSlice): Promise<Buffer>;
  /** @throws Error when the bytes are not a valid reply. */
  deserializeReply(bytes: Buffer): InsertReply;
}

/** @throws MissingPackageError when @grpc/proto-loader is not installed. */
export async function loadInsertMethod(): Promise<InsertMethod> {
  const { fromJSON } = await loadOptional({
    ...NEED_OF_GRPC,
    name: '@grpc/proto-loader',
    load: () => import('@grpc/proto-loader'),
  });
  const definition = fromJSON(SCHEMA);
  const insert = (definition[SERVICE] as ServiceDefinition).Insert!;
  const part = (definition[PARTS_SERVICE] as ServiceDefinition).Serialize!;
  return {
    path: insert.path,
    deserializeReply: insert.responseDeserialize,
    serialize: async (parts, slice) => {
      const pieces: Buffer[] = [];
      for (const one of parts) {
        if (slice.isOver) {
          await slice.next();
        }
        pieces.push(part.requestSerialize(one));
      }
      return insert.requestSerialize({ payload: Buffer.concat(pieces) });
    },
  };
}
