import { INSTANCE_KIND } from '../../../lib/task-numbers/datastore/instance-row.js';
import { timestampValue } from '../../../lib/task-numbers/datastore/proto.js';
import type { World } from './world.js';

const GROUP = 'd|s|web|v';

/**
 * A heartbeat of an instance of luci-go: a transaction that reads the row and puts it, without the properties
 * that Go does not know, and without index.
 */
export function goInstanceIsAlive(world: World, id: number): void {
  const path = [{ kind: INSTANCE_KIND, name: `${GROUP}|go${id}` }];
  const taskNum = world.datastore.stored(path)?.properties.task_num?.integerValue ?? '-1';
  world.log?.(`the Go instance go${id} is alive, and has number ${taskNum}`);
  world.datastore.put(path, {
    target: { stringValue: GROUP, excludeFromIndexes: true },
    task_num: { integerValue: taskNum, excludeFromIndexes: true },
    last_updated: timestampValue(world.serverNowMs),
  });
}
