// @ts-check
/** @import { InstancesStatus, StatusReport } from '../status-report.js' */
/** @import { FlushReport } from '../../flush/flush-report.js' */

const TIMEOUT_MS = 30_000;

/** The instance did not answer with the requested report. */
export class RefusedError extends Error {}

/**
 * Returns the address of this page, or of a part of it. Keeps the rest of the query: the application's guard may read it.
 *
 * @param {string} part
 * @param {string} [format]
 */
export function addressOf(part, format) {
  const query = new URLSearchParams(location.search);
  query.delete('format');
  if (format) {
    query.set('format', format);
  }
  return `${location.pathname.replace(/\/$/, '')}${part}?${query.toString()}`;
}

/** @returns {Promise<StatusReport>} */
export async function fetchReport() {
  return await ask(addressOf('', 'json'), {});
}

/** @returns {Promise<InstancesStatus>} */
export async function fetchInstances() {
  return await ask(addressOf('/instances'), {});
}

/** @returns {Promise<FlushReport>} */
export async function postFlush() {
  const token = document.querySelector('meta[name=tsmon-token]')?.getAttribute('content') ?? '';
  return await ask(addressOf('/flush'), { method: 'POST', headers: { 'X-Tsmon-Token': token } });
}

/**
 * @param {string} address
 * @param {RequestInit} init
 */
async function ask(address, init) {
  const response = await fetch(address, {
    ...init,
    headers: { Accept: 'application/json', ...init.headers },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = await response.json().catch(() => undefined);
  if (!response.ok || answer === undefined) {
    throw new RefusedError(answer?.error ?? `The instance answered ${response.status}.`);
  }
  return answer;
}
