import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';
import protobuf from 'protobufjs';

const FILE = fileURLToPath(new URL('./proto/prodx.proto', import.meta.url));
const PACKAGE = 'google.internal.prodx.mon.v1';

const root = new protobuf.Root().loadSync(FILE, { keepCase: true });

/** A message as a plain object: fields that are present only, 64-bit integers as text, enums by name. */
export type Message = Record<string, unknown>;

interface Payload {
  metrics_collection?: Collection[];
}

export interface Collection {
  metrics_data_set: DataSet[];
  root_labels: Message[];
}

export interface DataSet extends Message {
  metric_name: string;
  data: Message[];
}

/** Reads bytes as a message. Fields that the message does not have are not shown. */
export function decoded(type: string, bytes: Uint8Array): Message {
  const message = root.lookupType(type);
  return message.toObject(message.decode(bytes), { longs: String, enums: String, oneofs: false });
}

export function decodedRequest(bytes: Uint8Array): Collection[] {
  const { payload } = decoded(`${PACKAGE}.MonitoringInsertRequest`, bytes) as { payload: Payload };
  return payload.metrics_collection ?? [];
}

/** A reply with a status, or without one. */
export function reply(responseStatus?: { code: number; message?: string }): Buffer {
  const type = root.lookupType(`${PACKAGE}.MonitoringInsertResponse`);
  const message = responseStatus ? { response_status: responseStatus } : {};
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

/** The service as proto-loader understands the same files. */
export function loadedPackage(): ReturnType<typeof loadSync> {
  return loadSync(FILE, { keepCase: true, longs: String, enums: String });
}
