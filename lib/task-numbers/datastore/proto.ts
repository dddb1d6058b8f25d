/**
 * The few messages of google.datastore.v1 that are used here, as the generated client of
 * `@google-cloud/datastore` takes and gives them: 64-bit integers as strings, enums as names.
 */

export interface ProtoTimestamp {
  seconds?: string | number | null;
  nanos?: number | null;
}

export interface ProtoValue {
  integerValue?: string | number;
  stringValue?: string;
  timestampValue?: ProtoTimestamp;
  excludeFromIndexes?: boolean;
}

export type ProtoProperties = Readonly<Record<string, ProtoValue>>;

export interface ProtoPartition {
  projectId: string;
  databaseId?: string;
  namespaceId: string;
}

export interface ProtoPathElement {
  kind: string;
  name?: string;
  id?: string;
}

export interface ProtoKey {
  partitionId: ProtoPartition;
  path: readonly ProtoPathElement[];
}

export interface ProtoEntity {
  key: ProtoKey;
  properties: ProtoProperties;
}

export interface ProtoEntityResult {
  entity: ProtoEntity;
  version: string | number;
}

export interface ProtoMutation {
  insert?: ProtoEntity;
  update?: ProtoEntity;
  delete?: ProtoKey;
  baseVersion?: string;
  conflictResolutionStrategy?: 'FAIL';
}

interface RequestBase {
  projectId: string;
  databaseId?: string;
}

export interface ProtoLookupRequest extends RequestBase {
  keys: ProtoKey[];
}

export interface ProtoLookupReply {
  found?: ProtoEntityResult[] | null;
  missing?: unknown[] | null;
  deferred?: unknown[] | null;
}

export interface ProtoQueryRequest extends RequestBase {
  partitionId: ProtoPartition;
  query: {
    kind: { name: string }[];
    startCursor?: Uint8Array | string;
    limit: { value: number };
  };
}

export interface ProtoQueryReply {
  batch?: {
    entityResults?: ProtoEntityResult[] | null;
    endCursor?: Uint8Array | string | null;
    moreResults?: string | null;
  } | null;
}

export interface ProtoCommitRequest extends RequestBase {
  mode: 'TRANSACTIONAL';
  singleUseTransaction: { readWrite: Record<string, never> };
  mutations: ProtoMutation[];
}

export interface ProtoCommitReply {
  mutationResults?: { version?: string | number; conflictDetected?: boolean }[] | null;
}

interface CallOptions {
  timeout: number;
}

/** The part of the generated `v1.DatastoreClient` that is used here. */
export interface GapicClient {
  initialize(): Promise<unknown>;
  lookup(request: ProtoLookupRequest, options: CallOptions): Promise<[ProtoLookupReply]>;
  runQuery(request: ProtoQueryRequest, options: CallOptions): Promise<[ProtoQueryReply]>;
  commit(request: ProtoCommitRequest, options: CallOptions): Promise<[ProtoCommitReply]>;
  close(): Promise<void>;
}
