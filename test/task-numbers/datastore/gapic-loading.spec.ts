import { setTimeout as sleep } from 'node:timers/promises';
import { Datastore } from '@google-cloud/datastore';
import { describe, expect, it } from 'vitest';
import { GapicRowStore } from '../../../lib/task-numbers/datastore/gapic-row-store.js';
import { pathOf } from '../../../lib/task-numbers/datastore/instance-row.js';

const short = { purpose: 'to test', deadlineMs: 300 };

describe('GapicRowStore, while the package of Datastore is loaded', () => {
  it('takes the time of a busy machine for no time in which Datastore did not answer', async () => {
    const { options, auth } = new Datastore({ projectId: 'p', apiEndpoint: '127.0.0.1:1' });
    const getProjectId = (): Promise<never> => Promise.reject(new Error('asked for the project'));
    const store = new GapicRowStore(async () => {
      await sleep(2 * short.deadlineMs);
      return { options, auth, getProjectId };
    }, 'ns');
    await expect(store.lookup([pathOf('a')], short)).rejects.toThrow('asked for the project');
    await store.close();
  });

  it('ends a call when it is closed', async () => {
    const store = new GapicRowStore(() => new Promise(() => {}), 'ns');
    const lookup = store.lookup([pathOf('a')], short);
    await store.close();
    await expect(lookup).rejects.toThrow('The connection was closed.');
  });

  it('lets many calls wait at once, and Node warns of no leak', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', warn);
    const store = new GapicRowStore(() => new Promise(() => {}), 'ns');
    const lookups = Array.from({ length: 20 }, () => store.lookup([pathOf('a')], short));
    const outcomes = Promise.allSettled(lookups);
    await store.close();
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
    await sleep(0);
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });
});
