/**
 * The messages of google.datastore.v1 that are used here, in the form that the generated client of
 * `@google-cloud/datastore` uses: 64-bit integers as strings, enums as names.
 */

export interface ProtoTimestamp {
  seconds?: string | number | null;
  nanos?: number | null;
}

export interface ProtoValue {
  integerValue?: string | number;
  stringValue?: string;
  booleanValue?: boolean;
  timestampValue?: ProtoTimestamp;
  keyValue?: ProtoKey;
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

interface ProtoEntity {
  key: ProtoKey;
  properties: ProtoProperties;
}

export interface ProtoEntityResult {
  entity: ProtoEntity;
  version: string | number;
  updateTime?: ProtoTimestamp | null;
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
  deferred?: ProtoKey[] | null;
  readTime?: ProtoTimestamp | null;
}

interface ProtoPropertyFilter {
  property: { name: string };
  op: 'GREATER_THAN_OR_EQUAL' | 'LESS_THAN';
  value: ProtoValue;
}

export interface ProtoFilter {
  propertyFilter?: ProtoPropertyFilter;
  compositeFilter?: { op: 'AND'; filters: ProtoFilter[] };
}

export interface ProtoQuery {
  kind: { name: string }[];
  projection?: { property: { name: string } }[];
  filter?: ProtoFilter;
  startCursor?: Uint8Array | string;
  limit: { value: number };
}

export interface ProtoQueryRequest extends RequestBase {
  partitionId: ProtoPartition;
  query: ProtoQuery;
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

/** Returns the name of a row inside its kind. A row with an id instead of a name is not ours. */
export function nameOf(path: readonly ProtoPathElement[]): string {
  const last = path.at(-1);
  return last?.name ?? `#${last?.id ?? ''}`;
}

/** Converts a timestamp to milliseconds since the epoch. */
export function timestampMs({ seconds, nanos }: ProtoTimestamp): number {
  return Number(seconds ?? 0) * 1000 + Number(nanos ?? 0) / 1_000_000;
}

/** Makes the value of a time, in whole milliseconds and not indexed. */
export function timestampValue(ms: number): ProtoValue {
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.floor(ms - seconds * 1000) * 1_000_000;
  return unindexed({ timestampValue: { seconds, nanos } });
}

export function unindexed(value: ProtoValue): ProtoValue {
  return { ...value, excludeFromIndexes: true };
}
