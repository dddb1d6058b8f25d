import { errorMessage } from '../../log.js';
import { HOUSEKEEPING_PATH } from '../../housekeeping/housekeeping.controller.js';
import { STATUS_PATH } from '../../status/status.controller.js';
import type { Finding } from './finding.js';

const DEADLINE_MS = 20_000;

interface Route {
  readonly check: string;
  readonly path: string;
  /** The step that closes it. */
  readonly mend: string;
  /** What anybody can do while the route is open. */
  readonly danger: string;
  /** What it means that there is no such route. */
  readonly absent: Pick<Finding, 'status' | 'detail' | 'mend'>;
}

const ROUTES: readonly Route[] = [
  {
    check: 'housekeeping-route',
    path: HOUSEKEEPING_PATH,
    mend: "Set the option housekeeping.auth to 'app-engine', { oidc } or { guard }.",
    danger: 'run housekeeping',
    absent: {
      status: 'failed',
      detail: `There is no route ${HOUSEKEEPING_PATH}, so a cron cannot call it.`,
      mend: ['Import TsmonModule, and leave the option housekeeping.controller on.'],
    },
  },
  {
    check: 'status-route',
    path: STATUS_PATH,
    mend: 'Set the option status.auth to { oidc } or { guard }.',
    danger: 'read all metrics',
    absent: { status: 'ok', detail: 'The status page is off.' },
  },
];

/** Checks that the routes of the library answer, and that they refuse a stranger, also one with a forged header. */
export async function checkRoutes(url: string): Promise<Finding[]> {
  return await Promise.all(ROUTES.map(route => checkRoute(url, route)));
}

async function checkRoute(
  url: string,
  { check, path, mend, danger, absent }: Route,
): Promise<Finding> {
  try {
    const plain = await statusOf(url, path, {});
    const forged = await statusOf(url, path, { 'x-appengine-cron': 'true' });
    if (plain === 404 && forged === 404) {
      return { check, ...absent };
    }
    const open = [plain, forged].find(status => status >= 200 && status < 300);
    if (open !== undefined) {
      const how = plain === open ? '' : ' with a forged header X-Appengine-Cron';
      return {
        check,
        status: 'failed',
        detail: `The route ${path} is open: anybody can ${danger}${how}.`,
        mend: [mend],
      };
    }
    const broken = [plain, forged].find(status => status >= 500);
    if (broken !== undefined) {
      return {
        check,
        status: 'failed',
        detail: `The route ${path} answered with ${broken}, so the service does not work.`,
        mend: ['Look into the log of the service.'],
      };
    }
    return REFUSALS.has(plain) && REFUSALS.has(forged)
      ? { check, status: 'ok', detail: `The route ${path} refuses strangers with ${plain}.` }
      : {
          check,
          status: 'warning',
          detail: `The route ${path} answered a stranger with ${plain}, where 403 was expected.`,
        };
  } catch (error) {
    return {
      check,
      status: 'failed',
      detail: `${new URL(path, url).href} does not answer: ${reasonOf(error)}`,
      mend: ['Check the URL, and whether the service runs.'],
    };
  }
}

/** 403 is the answer of the library. The front end of a platform may refuse before, with either of them. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403]);

async function statusOf(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const response = await fetch(new URL(path, url), {
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  // A connection whose answer is not read keeps the process alive.
  await response.body?.cancel();
  return response.status;
}

/** The error of fetch says only that it failed. Its cause says why. */
function reasonOf(error: unknown): string {
  return errorMessage(error instanceof Error && error.cause ? error.cause : error);
}
