import { Logger } from '@nestjs/common';
import { systemClock } from '../../clock/clock.js';
import { lazyDatastoreClient } from '../../module/datastore-client.js';
import type { Monitor } from '../../monitors/monitor.js';
import { GapicRowStore } from '../../task-numbers/datastore/gapic-row-store.js';
import {
  EXIT_CODES,
  UsageError,
  type Command,
  type ExitCode,
  type OptionValues,
} from '../command.js';
import { examine } from './examination.js';
import type { Finding, Subject } from './finding.js';
import { headingOf, jsonOf, linesOf } from './report.js';
import { subjectOf } from './subject.js';

const HELP = `Usage: nestjs-tsmon doctor [options]

Checks that a project of Google Cloud is ready for task numbers and metrics, with the
credentials of this machine. Each failure is printed with the command that mends it.

Options:
  --project <id>     the project; otherwise that of the environment or the credentials
  --database <id>    the database of Datastore; otherwise the default database
  --job <name>       look only at the task numbers of this job: jobName of the target
  --url <address>    check that the service at this address answers, and that its routes are closed
  --live             the acceptance test of a real project: also lets two instances get their
                     numbers, and refuses to run on an emulator
  --json             print one JSON object
  -h, --help         print this help

Exit codes: 0 all is well, 1 a check failed, 2 wrong usage.
With DATASTORE_EMULATOR_HOST it talks to the emulator, and says so.`;

interface DoctorOptions {
  readonly project?: string;
  readonly database?: string;
  readonly job?: string;
  readonly url?: string;
  readonly live?: boolean;
  readonly json?: boolean;
}

/** Looks at the project of a user, and says what keeps task numbers and metrics from working. */
export const doctor: Command = {
  help: HELP,
  options: {
    project: { type: 'string' },
    database: { type: 'string' },
    job: { type: 'string' },
    url: { type: 'string' },
    live: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run,
};

async function run(values: OptionValues, print: (text: string) => void): Promise<ExitCode> {
  const options: DoctorOptions = values;
  assertUsable(options);
  // The findings say all that the library would log.
  Logger.overrideLogger(false);
  const { project, database, job, url, live = false, json = false } = options;
  const load = await lazyDatastoreClient({ projectId: project, databaseId: database }, undefined);
  const subject = await subjectOf(load, options);
  const findings: Finding[] = [];
  if (!json) {
    print(headingOf(subject));
  }
  const examination = examine({
    subject,
    clock: systemClock,
    rowsOf: namespace => new GapicRowStore(load, namespace),
    monitor: await monitorOf(subject),
    job,
    url,
    live,
  });
  for await (const finding of examination) {
    findings.push(finding);
    if (!json) {
      print(linesOf(finding));
    }
  }
  if (json) {
    print(jsonOf(subject, findings));
  }
  return findings.some(({ status }) => status === 'failed') ? EXIT_CODES.failed : EXIT_CODES.ok;
}

function assertUsable({ url, live }: DoctorOptions): void {
  if (url !== undefined && !(/^https?:/.test(url) && URL.canParse(url))) {
    throw new UsageError(`--url must be an address like "https://shop.example", got "${url}".`);
  }
  if (url !== undefined && new URL(url).pathname !== '/') {
    throw new UsageError(
      `--url must have no path, since the routes of the library have no prefix; got "${url}".`,
    );
  }
  if (live && process.env.DATASTORE_EMULATOR_HOST) {
    throw new UsageError(
      '--live checks real Google Cloud, but DATASTORE_EMULATOR_HOST is set. Unset it, or leave --live out.',
    );
  }
}

async function monitorOf({ projectId, emulatorHost }: Subject): Promise<Monitor | undefined> {
  if (emulatorHost !== undefined) {
    return undefined;
  }
  const { CloudMonitoringMonitor } =
    await import('../../monitors/cloud-monitoring/cloud-monitoring-monitor.js');
  return new CloudMonitoringMonitor({ projectId });
}
