import type { Clock } from '../../clock/clock.js';
import { Deadline } from '../../clock/deadline.js';
import { errorMessage } from '../../log.js';
import { IntGauge } from '../../metrics/gauge.js';
import { Registry } from '../../metrics/registry.js';
import type { Monitor } from '../../monitors/monitor.js';
import type { Cell } from '../../store/cell.js';
import { Task } from '../../targets/task.js';
import {
  enableCommand,
  grantCommand,
  LOGIN_COMMAND,
  projectOf,
  type Finding,
  type Subject,
} from './finding.js';

const DEADLINE_MS = 20_000;
const METRIC = 'tsmon/doctor';

/** What is wrong, by the words of CloudMonitoringMonitor, and the command that mends it. The first match counts. */
const MENDS: readonly (readonly [RegExp, (subject: Subject) => string])[] = [
  [/npm install/, () => 'npm install google-auth-library'],
  [/API is disabled/, subject => enableCommand(subject, 'monitoring.googleapis.com')],
  [/Grant it roles/, subject => grantCommand(subject, 'roles/monitoring.metricWriter')],
  [
    /active billing/,
    subject =>
      `gcloud billing projects link ${projectOf(subject)} --billing-account=BILLING_ACCOUNT`,
  ],
  [/does not know the project|no project/, () => 'npx nestjs-tsmon doctor --project=PROJECT_ID'],
  [/credentials/, () => LOGIN_COMMAND],
];

/** Checks that one point can be written, by the monitor that applications use. */
export async function checkMonitoring(
  monitor: Monitor,
  clock: Clock,
  subject: Subject,
): Promise<Finding> {
  const check = 'cloud-monitoring';
  const problem = await sendPoint(monitor, clock, subject);
  if (problem === undefined) {
    return { check, status: 'ok', detail: `Cloud Monitoring took a point of ${METRIC}.` };
  }
  const mend = MENDS.find(([pattern]) => pattern.test(problem))?.[1](subject);
  return { check, status: 'failed', detail: problem, ...(mend && { mend: [mend] }) };
}

/** Returns why the point was not written; undefined if it was. */
async function sendPoint(
  monitor: Monitor,
  clock: Clock,
  subject: Subject,
): Promise<string | undefined> {
  try {
    const endTime = Math.floor(clock.now()) * 1000;
    const { rejected } = await Deadline.run(clock, 'The answer', DEADLINE_MS, ({ signal }) =>
      monitor.send([pointOf(subject, endTime)], endTime, signal),
    );
    return rejected[0]?.reason;
  } catch (error) {
    return errorMessage(error);
  }
}

function pointOf(subject: Subject, endTime: number): Cell {
  const metric = new IntGauge(METRIC, {
    description: 'Written by nestjs-tsmon doctor, to see whether it can be.',
    // A registry of its own, so that nothing else sees the metric.
    registry: new Registry(),
  });
  const target = new Task({ serviceName: projectOf(subject), jobName: 'tsmon-doctor' });
  return { metric, fieldValues: [], target, resetTime: endTime, value: 1 };
}
