import { systemClock } from '../../../lib/clock/clock.js';
import { examine, type ExaminationParts } from '../../../lib/cli/doctor/examination.js';
import type { Finding, Subject } from '../../../lib/cli/doctor/finding.js';
import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';

export const SUBJECT: Subject = {
  projectId: 'my-shop',
  databaseId: undefined,
  member: 'serviceAccount:shop@my-shop.iam.gserviceaccount.com',
  emulatorHost: undefined,
};

/** What the doctor finds, by the names of the checks. */
export async function examined(
  parts: Partial<ExaminationParts> & Pick<ExaminationParts, 'rowsOf'>,
): Promise<Record<string, Finding>> {
  const findings: Record<string, Finding> = {};
  const examination = examine({
    subject: SUBJECT,
    clock: systemClock,
    monitor: undefined,
    job: undefined,
    url: undefined,
    live: false,
    ...parts,
  });
  for await (const finding of examination) {
    findings[finding.check] = finding;
  }
  return findings;
}

/** The status of each check. */
export function statuses(findings: Record<string, Finding>): Record<string, string> {
  return Object.fromEntries(Object.entries(findings).map(([check, { status }]) => [check, status]));
}

/** Rows of a Datastore that nobody asks: for examinations of other things. */
export const noRows: ExaminationParts['rowsOf'] = () =>
  ({
    lookup: () => Promise.reject(new Error('not asked')),
    close: () => Promise.resolve(),
  }) as unknown as RowStore;
