import { Brand } from '../brand.js';
import { integer, object, string } from '../validation/schema.js';
import { targetKey, type Target } from './target.js';

/**
 * The parts of a {@link Task}. A part that is left out is the empty string; the task number is 0.
 *
 * @inline
 */
export interface TaskParts {
  /** The system, usually the Google Cloud project: `my-shop`. */
  serviceName: string;
  /** The job in it, usually the name of the deployed service: `checkout`. */
  jobName: string;
  /** The place, usually a region: `europe-west1`. */
  dataCenter?: string | undefined;
  /** The deployment of the job, usually a version or revision: `checkout-00042-abc`. */
  hostName?: string | undefined;
  /** The task number, a non-negative 32-bit integer. */
  taskNum?: number | undefined;
}

/** The largest task number: a signed 32-bit integer on the wire. */
export const MAX_TASK_NUM = 2 ** 31 - 1;

const PART = {
  wanted: 'without "|", which joins the parts of a task in Datastore keys',
  isAllowed: (text: string) => !text.includes('|'),
};

/** The rules for the {@link TaskParts}. */
export const taskParts = object({
  serviceName: string(PART),
  jobName: string(PART),
  dataCenter: string({ ...PART, default: '' }),
  hostName: string({ ...PART, default: '' }),
  taskNum: integer({ min: 0, max: MAX_TASK_NUM, default: 0 }),
});

const BRAND = new Brand<Task>('Task');

/**
 * One of the processes that run a job. The task number makes its streams unique.
 *
 * @publicApi
 */
export class Task implements Target {
  static {
    BRAND.mark(this.prototype);
  }

  /** The kind of target. */
  readonly type = 'task';
  /** The system, usually the Google Cloud project. */
  readonly serviceName: string;
  /** The job in it, usually the name of the deployed service. */
  readonly jobName: string;
  /** The place, usually a region. */
  readonly dataCenter: string;
  /** The deployment of the job, usually a version or revision. */
  readonly hostName: string;
  /** The number of the process in its target group. */
  readonly taskNum: number;
  /** The identity of the task, made from all parts. */
  readonly key: string;

  /**
   * @throws TypeError when a part is unknown or of a wrong type; RangeError when a part contains `|`, which joins the
   * parts in Datastore keys, or when the task number is not a non-negative 32-bit integer.
   */
  constructor(parts: TaskParts) {
    const { serviceName, jobName, dataCenter, hostName, taskNum } = taskParts.check(parts, 'Task');
    this.serviceName = serviceName;
    this.jobName = jobName;
    this.dataCenter = dataCenter;
    this.hostName = hostName;
    this.taskNum = taskNum;
    this.key = targetKey(this.type, [serviceName, jobName, dataCenter, hostName, taskNum]);
  }

  /** The target group, in the format of luci-go. Tasks of the same group must have different numbers. */
  get group(): string {
    return [this.dataCenter, this.serviceName, this.jobName, this.hostName].join('|');
  }

  /**
   * Returns the same task with another number.
   *
   * @throws TypeError when it is not a number; RangeError when it is not a non-negative 32-bit integer.
   */
  withTaskNum(taskNum: number): Task {
    return new Task({ ...this.parts(), taskNum });
  }

  /** Returns the target of global metrics: it has no host and the number 0. No instance has this target. */
  toGlobal(): Task {
    return new GlobalTask({ ...this.parts(), hostName: '', taskNum: 0 });
  }

  /** Whether this is the global target, not the target of an instance. */
  get isGlobal(): boolean {
    return false;
  }

  /** Returns the parts as labels: `service_name`, `job_name`, `data_center`, `host_name`, `task_num`. */
  labels(): Readonly<Record<string, string | number>> {
    return {
      service_name: this.serviceName,
      job_name: this.jobName,
      data_center: this.dataCenter,
      host_name: this.hostName,
      task_num: this.taskNum,
    };
  }

  private parts(): TaskParts {
    const { serviceName, jobName, dataCenter, hostName } = this;
    return { serviceName, jobName, dataCenter, hostName };
  }
}

/** Whether a value is a Task. It may come from another copy of the package. */
export const isTask = (value: unknown): value is Task => BRAND.isOn(value);

/** Has a key of its own: an instance without a host may also have the number 0. */
class GlobalTask extends Task {
  override readonly key: string;

  constructor(parts: TaskParts) {
    super(parts);
    this.key = targetKey(this.type, ['global', this.serviceName, this.jobName, this.dataCenter]);
  }

  override get isGlobal(): boolean {
    return true;
  }
}
