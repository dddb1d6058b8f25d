// @ts-check
/** @import { InstancesStatus } from '../status-report.js' */
/** @typedef {InstancesStatus['instances'][number]} Instance */
import { fetchInstances } from './connection.js';
import { byId, element, setText } from './dom.js';
import { wholeSeconds } from './numbers.js';
import { counted, shortened } from './text.js';

const LONGEST_ID = 200;
/** A claim that has not been renewed for this part of its expiry is more than one heartbeat late. */
const LATE_PART = 0.4;

/** Reads the instances when a button is pressed, since each instance costs a read of Datastore. */
export function listenForInstances() {
  const button = byId('refresh', HTMLButtonElement);
  const said = byId('instances-read', HTMLElement);
  let reading = false;
  button.addEventListener('click', async () => {
    if (reading) {
      return;
    }
    reading = true;
    button.setAttribute('aria-disabled', 'true');
    setText(said, 'Reading…');
    try {
      const report = await fetchInstances();
      showInstances(report);
      setText(said, summaryOf(report));
      setText(button, 'Refresh');
    } catch (error) {
      setText(said, error instanceof Error ? error.message : String(error));
    } finally {
      reading = false;
      button.removeAttribute('aria-disabled');
    }
  });
}

/** @param {InstancesStatus} report */
function summaryOf({ instances, truncated, time }) {
  const count = truncated
    ? `the first ${counted(instances.length, 'instance')} of more`
    : counted(instances.length, 'instance');
  return `${count} at ${new Date(time).toLocaleTimeString('en-GB')}`;
}

/** @param {InstancesStatus} report */
function showInstances(report) {
  const rows = report.instances
    .toSorted((a, b) => (a.taskNum ?? Infinity) - (b.taskNum ?? Infinity) || 0)
    .map(instance => rowOf(instance, report));
  const table = byId('instances', HTMLTableElement);
  table.tBodies[0]?.replaceChildren(...rows);
  table.hidden = rows.length === 0;
  setText(byId('lease', HTMLElement), leaseText(report));
}

/**
 * @param {Instance} instance
 * @param {InstancesStatus} report
 */
function rowOf(instance, { instanceId, group, lease }) {
  const { taskNum, heartbeatAgeMs } = instance;
  const id = element('th', '', element('bdi', '', shortened(instance.instanceId, LONGEST_ID)));
  id.scope = 'row';
  if (instance.instanceId === instanceId) {
    id.append(' ', element('span', 'badge', 'this one'));
  }
  if (lease?.held && lease.holder === `${group}|${instance.instanceId}`) {
    id.append(' ', element('span', 'badge', 'holds the lease'));
  }
  return element(
    'tr',
    '',
    element('td', 'number', taskNum === undefined ? '–' : String(taskNum)),
    id,
    element(
      'td',
      'number',
      heartbeatAgeMs === undefined ? 'unknown' : `${wholeSeconds(heartbeatAgeMs)} ago`,
    ),
    element('td', '', stateOf(instance)),
  );
}

/** @param {Instance} instance */
function stateOf({ taskNum, heartbeatAgeMs, expirationSec, released }) {
  const leftMs = expirationSec * 1000 - (heartbeatAgeMs ?? 0);
  if (leftMs < 0) {
    return 'expired, to be removed';
  }
  if (released) {
    return `released, removed in ${wholeSeconds(leftMs)}`;
  }
  if (taskNum === undefined) {
    return 'waits for a number';
  }
  return heartbeatAgeMs !== undefined && leftMs > (1 - LATE_PART) * expirationSec * 1000
    ? 'alive'
    : `silent, expires in ${wholeSeconds(leftMs)}`;
}

/** @param {InstancesStatus} report */
function leaseText({ lease, group, allocator }) {
  if (!lease) {
    return `${allocator} keeps no lease of housekeeping.`;
  }
  const { held, holder, finishedAgeMs } = lease;
  const own = holder?.startsWith(`${group}|`) ? holder.slice(group.length + 1) : holder;
  const who =
    own === undefined ? 'an instance that did not say who it is' : shortened(own, LONGEST_ID);
  const finished =
    finishedAgeMs === undefined
      ? 'No run has finished yet.'
      : `The last run finished ${wholeSeconds(finishedAgeMs)} ago.`;
  const now = held ? `Housekeeping runs now, by ${who}.` : 'Nobody holds the housekeeping lease.';
  const before = !held && finishedAgeMs !== undefined ? ` It was ${who}.` : '';
  return `${now} ${finished}${before}`;
}
