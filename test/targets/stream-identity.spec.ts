import { describe, expect, it } from 'vitest';
import { joinedParts, taskId } from '../../lib/targets/stream-identity.js';
import { Task } from '../../lib/targets/task.js';

const JOB = { serviceName: 'my-shop', jobName: 'checkout', dataCenter: 'europe-west1' };

describe('taskId()', () => {
  it.each([
    ['host/number', new Task({ ...JOB, hostName: 'v1', taskNum: 7 }), 'v1/7'],
    ['the number alone where the host is empty', new Task({ ...JOB, taskNum: 7 }), '7'],
    ['global for the global target', new Task({ ...JOB, hostName: 'v1' }).toGlobal(), 'global'],
  ])('is %s', (_, task, id) => {
    expect(taskId(task)).toBe(id);
  });

  it('T1 differs between any two tasks of a job, whatever their hosts are called', () => {
    const hosts = ['', '1', '1/1', '/', '/1', 'global', 'global/0', '%2F', 'v1'];
    const numbers = [0, 1, 11];
    const tasks = hosts.flatMap(hostName =>
      numbers.map(taskNum => new Task({ ...JOB, hostName, taskNum })),
    );
    const ids = [...tasks, tasks[0]!.toGlobal()].map(taskId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it('joinedParts() keeps parts apart, whatever they hold', () => {
  expect(joinedParts(['lab-3', 7, true, ''])).toBe('lab-3/7/true/');
  const texts = ['', 'a', '/', 'a/', '/a', '%', '%2F', 'a%2F', '%25', '%252F'];
  const pairs = texts.flatMap(one => texts.map(other => joinedParts([one, other])));
  expect(new Set(pairs).size).toBe(texts.length ** 2);
});
