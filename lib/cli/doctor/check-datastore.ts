import { errorMessage } from '../../log.js';
import { LEASE_PATH } from '../../task-numbers/datastore/lease-row.js';
import type { RowStore } from '../../task-numbers/datastore/row-store.js';
import type { Finding } from './finding.js';

/** The first call finds credentials and opens a connection. */
const DEADLINE_MS = 20_000;

/** Checks that Datastore answers. */
export async function checkDatastore(store: RowStore): Promise<Finding> {
  const check = 'datastore';
  try {
    await store.lookup([LEASE_PATH], { purpose: 'to read a row', deadlineMs: DEADLINE_MS });
    return { check, status: 'ok', detail: 'Datastore answers.' };
  } catch (error) {
    return { check, status: 'failed', detail: errorMessage(error) };
  }
}
