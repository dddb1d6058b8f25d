import { describe, expect, it } from 'vitest';
import { Device } from '../../lib/targets/device.js';
import { Task, type TaskParts } from '../../lib/targets/task.js';

const parts = {
  serviceName: 'my-shop',
  jobName: 'checkout',
  dataCenter: 'europe-west1',
  hostName: 'v1',
  taskNum: 3,
};

describe('Task', () => {
  it('has labels in the order in which they are sent', () => {
    expect(Object.entries(new Task(parts).labels())).toEqual([
      ['service_name', 'my-shop'],
      ['job_name', 'checkout'],
      ['data_center', 'europe-west1'],
      ['host_name', 'v1'],
      ['task_num', 3],
    ]);
  });

  it('needs a service and a job; the rest is empty and 0', () => {
    expect(new Task({ serviceName: 's', jobName: 'j' })).toMatchObject({
      dataCenter: '',
      hostName: '',
      taskNum: 0,
    });
    expect(() => new Task({ serviceName: 's' } as TaskParts)).toThrow(TypeError);
    expect(() => new Task({ jobName: 'j' } as TaskParts)).toThrow(TypeError);
  });

  it.each(['serviceName', 'jobName', 'dataCenter', 'hostName'])(
    '%s must be a string without "|", which joins the parts of a group',
    name => {
      expect(() => new Task({ ...parts, [name]: 'a|b' })).toThrow(RangeError);
      expect(() => new Task({ ...parts, [name]: 'a|b' })).toThrow(name);
      expect(() => new Task({ ...parts, [name]: 5 })).toThrow(TypeError);
    },
  );

  it.each([
    [-1, RangeError],
    [0.5, RangeError],
    [NaN, RangeError],
    [Infinity, RangeError],
    [2 ** 31, RangeError],
    ['3', TypeError],
  ])('the number %j is refused', (taskNum, type) => {
    expect(() => new Task({ ...parts, taskNum: taskNum as number })).toThrow(type);
    expect(() => new Task(parts).withTaskNum(taskNum as number)).toThrow(type);
  });

  it('an unknown part is refused, and the error names the known ones', () => {
    expect(() => new Task({ ...parts, hostname: 'v1' } as TaskParts)).toThrow(
      'Unknown option "hostname" in Task options; it has serviceName, jobName, dataCenter, hostName, taskNum.',
    );
  });

  it('an error shows the beginning of a wrong value', () => {
    const long = 'x|'.repeat(1_000_000);
    const messageOf = (wrong: object): string => {
      try {
        return new Task({ ...parts, ...wrong }).key;
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(messageOf({ hostName: 'a|b' })).toMatch(/got "a\|b"\.$/);
    expect(messageOf({ hostName: long })).toMatch(/got "x\|x\|.*…"\.$/);
    expect(messageOf({ hostName: long }).length).toBeLessThan(300);
    expect(messageOf({ taskNum: long }).length).toBeLessThan(300);
  });

  it('the number may be any non-negative 32-bit integer', () => {
    expect(new Task({ ...parts, taskNum: 2 ** 31 - 1 }).taskNum).toBe(2 ** 31 - 1);
    expect(new Task({ ...parts, taskNum: 0 }).taskNum).toBe(0);
  });

  it('T5 its group is written as luci-go does, without the number', () => {
    expect(new Task(parts).group).toBe('europe-west1|my-shop|checkout|v1');
    expect(new Task(parts).withTaskNum(9).group).toBe(new Task(parts).group);
  });

  it('withTaskNum() is the same task under another number', () => {
    const task = new Task(parts);
    expect(task.withTaskNum(9).labels()).toEqual({ ...task.labels(), task_num: 9 });
    expect(task.taskNum).toBe(3);
  });

  it('toGlobal() has neither host nor number', () => {
    expect(new Task(parts).toGlobal().labels()).toEqual({
      ...new Task(parts).labels(),
      host_name: '',
      task_num: 0,
    });
  });

  it('T1 toGlobal() is another target than the instance 0 of a task without a host', () => {
    const bare = new Task({ ...parts, hostName: '', taskNum: 0 });
    expect(bare.toGlobal().labels()).toEqual(bare.labels());
    expect(bare.toGlobal().key).not.toBe(bare.key);
    expect(bare.toGlobal().key).toBe(new Task(parts).toGlobal().key);
    expect([bare.isGlobal, bare.toGlobal().isGlobal]).toEqual([false, true]);
  });
});

describe('the key of a target', () => {
  it('is equal for equal parts, and differs with each of them', () => {
    const task = new Task(parts);
    expect(new Task({ ...parts }).key).toBe(task.key);
    const others = [
      ...(['serviceName', 'jobName', 'dataCenter', 'hostName'] as const).map(
        name => new Task({ ...parts, [name]: 'other' }).key,
      ),
      task.withTaskNum(4).key,
    ];
    expect(new Set([task.key, ...others]).size).toBe(6);
  });

  it('keeps apart what joined texts would not', () => {
    const keys = [
      new Task({ serviceName: 'a', jobName: 'bc' }),
      new Task({ serviceName: 'ab', jobName: 'c' }),
      new Task({ serviceName: 'a","bc', jobName: '' }),
      new Task({ serviceName: 'a\n', jobName: 'bc' }),
      new Device({ metro: 'a', hostname: 'bc' }),
      new Device({ metro: 'ab', hostname: 'c' }),
      new Device({ hostname: 'task' }),
    ].map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('of a task and of a device of the same parts differ', () => {
    const device = new Device({ metro: 'a', role: 'b', hostname: 'c', hostgroup: 'd' });
    const task = new Task({ serviceName: 'a', jobName: 'b', dataCenter: 'c', hostName: 'd' });
    expect(device.key).not.toBe(task.key);
  });
});

describe('Device', () => {
  it('has labels in the order in which they are sent', () => {
    const device = new Device({ metro: 'm', role: 'r', hostname: 'h', hostgroup: 'g' });
    expect(Object.entries(device.labels())).toEqual([
      ['metro', 'm'],
      ['role', 'r'],
      ['hostname', 'h'],
      ['hostgroup', 'g'],
    ]);
  });

  it('needs a host name, as a string', () => {
    expect(new Device({ hostname: 'h' }).labels()).toEqual({
      metro: '',
      role: '',
      hostname: 'h',
      hostgroup: '',
    });
    expect(() => new Device({} as { hostname: string })).toThrow(TypeError);
    expect(() => new Device({ hostname: 'h', metro: 5 as unknown as string })).toThrow(TypeError);
  });
});
