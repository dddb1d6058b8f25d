import { pathOf } from '../../../lib/task-numbers/datastore/instance-row.js';
import type { ProtoEntityResult, ProtoKey } from '../../../lib/task-numbers/datastore/proto.js';
import { type Row, type RowWrite } from '../../../lib/task-numbers/datastore/row-store.js';

/** The key of a claim, as the server writes it. */
export const keyOf = (name: string): ProtoKey => ({
  partitionId: { projectId: 'p', namespaceId: 'ns' },
  path: pathOf(name),
});

/** A row that a lookup or a query has found. */
export const found = (name: string, version = '1'): ProtoEntityResult => ({
  entity: { key: keyOf(name), properties: {} },
  version,
});

export const row = (name: string, version = '1'): Row => ({
  path: pathOf(name),
  properties: {},
  version,
});

export const update = (name: string, version?: string): RowWrite => ({
  type: 'update',
  row: row(name, version),
  properties: {},
});

/** An error as the generated client throws it. */
export const grpcError = (code: number, message = 'said the server'): Error =>
  Object.assign(new Error(`${code} ${message}`), { code });
