import { VERSION } from '../../version.js';
import type { Finding, Subject } from './finding.js';

/** The lengths of the longest status and of the longest name of a check. */
const STATUS_WIDTH = 7;
const CHECK_WIDTH = 18;

/** Says what is looked at: one line. */
export function headingOf(subject: Subject): string {
  const { projectId = '(not known)', databaseId = '(default)' } = subject;
  return `nestjs-tsmon ${VERSION} looks at project ${projectId}, database ${databaseId}, ${placeOf(subject)}.`;
}

/** The lines about one finding. */
export function linesOf({ check, status, detail, mend = [] }: Finding): string {
  const indent = ' '.repeat(STATUS_WIDTH + 2);
  return [
    `${status.padEnd(STATUS_WIDTH)}  ${check.padEnd(CHECK_WIDTH)}  ${detail}`,
    ...mend.map(step => `${indent}to mend it: ${step}`),
  ].join('\n');
}

/** All findings as one JSON object. */
export function jsonOf(subject: Subject, findings: readonly Finding[]): string {
  const { projectId = null, databaseId = null, emulatorHost = null } = subject;
  const ok = findings.every(({ status }) => status !== 'failed');
  return JSON.stringify(
    { version: VERSION, ok, projectId, databaseId, emulatorHost, findings },
    null,
    2,
  );
}

function placeOf({ emulatorHost }: Subject): string {
  return emulatorHost === undefined
    ? 'on Google Cloud'
    : `on the emulator at ${emulatorHost}, which is not Google Cloud`;
}
