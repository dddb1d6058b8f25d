import { abortable } from '../../clock/deadline.js';
import { errorMessage } from '../../log.js';
import type { OnceLog } from '../../seldom-log.js';
import type { Cell } from '../../store/cell.js';
import type { RejectedCell, RejectionOutcome } from '../monitor.js';
import { kindOfPointFailure, kindOfRefusal, type FailureKind } from './failure-kinds.js';
import type { FailureAction } from './failure-texts.js';
import { NoAccessError, type GoogleAccess } from './google-access.js';
import {
  NotSentError,
  type HttpReply,
  type PostReply,
  type RestConnection,
} from './rest-connection.js';
import type { SeriesBatch } from './series-batch.js';
import { outcomeOf, type WriteOutcome } from './write-reply.js';

/** The API refused a request, and surely wrote nothing of it. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';

  constructor(readonly kind: FailureKind) {
    super(`Cloud Monitoring refused a request: ${kind.advice}`);
  }
}

/** The outcome of a batch. All cells but the rejected ones were written. */
export interface BatchResult {
  readonly rejected: readonly RejectedCell[];
  /** The error of the last request, when the whole request failed. */
  readonly failure?: unknown;
  /** Whether nothing reads the body of the batch any more. After a failure a socket may still hold it. */
  readonly isBodyFree?: boolean;
}

/** The series that were not written, by their position in the request, with the text of the server about each. */
type Failed = Pick<WriteOutcome & { written: 'all but' }, 'failures' | 'failedSurely'>;

const OUTCOMES: Readonly<Record<FailureAction, RejectionOutcome>> = {
  drop: 'refused',
  stop: 'refused',
  retry: 'retry',
  unclear: 'unknown',
};

/** The beginning of the names that the API gives to series of a request. */
const NAME_OF_SERIES = 'timeSeries[';

/** How often a refused request is sent again without the series that the refusal blames. */
const MOST_REPETITIONS = 3;
/** How many different reasons are reported for one request. */
const MOST_REASONS = 10;

/** Sends batches to `projects.timeSeries.create`. */
export class RequestSender {
  constructor(
    private readonly access: GoogleAccess,
    private readonly connection: RestConnection,
    private readonly endpoint: URL,
    private readonly log: OnceLog,
  ) {}

  /**
   * Sends a batch. When the API refuses the whole request because of some series, the others are sent again at once.
   *
   * @param cells the cells that the batch was made from.
   * @throws the reason of the signal when the signal is aborted.
   */
  async send(
    batch: SeriesBatch,
    cells: readonly Cell[],
    projectId: string,
    signal: AbortSignal,
  ): Promise<BatchResult> {
    const rejected: RejectedCell[] = [];
    let rest = batch;
    let isBodyFree = true;
    try {
      for (let repetition = 0; rest.size > 0; repetition++) {
        const reply = await this.post(rest, projectId, signal);
        isBodyFree &&= reply.isRequestSent;
        const outcome = credible(outcomeOf(reply, rest.size), rest);
        if (outcome.written === 'all but') {
          rejected.push(...this.rejections(outcome, rest, cells, projectId));
          if (outcome.failures.size < rest.size) {
            this.log.reset();
          }
          break;
        }
        const kind = kindOfRefusal(reply.status, outcome.text, projectId);
        if (outcome.written === 'unknown') {
          throw new Error(`It is not known what Cloud Monitoring has written: ${kind.advice}`);
        }
        const { culprits } = outcome;
        if (!canBeRepeated(reply, culprits, kind) || repetition === MOST_REPETITIONS) {
          throw new RequestRefusedError(kind);
        }
        rejected.push(
          ...this.rejections({ failures: culprits, failedSurely: true }, rest, cells, projectId),
        );
        rest = rest.without(culprits);
      }
      return { rejected, isBodyFree };
    } catch (failure) {
      signal.throwIfAborted();
      const reason = errorMessage(failure);
      const outcome = outcomeOfFailure(failure);
      return {
        rejected: [...rejected, ...rest.cells.map(index => ({ index, reason, outcome }))],
        failure,
      };
    }
  }

  private async post(
    batch: SeriesBatch,
    projectId: string,
    signal: AbortSignal,
  ): Promise<PostReply> {
    const path = `/v3/projects/${encodeURIComponent(projectId)}/timeSeries`;
    const headers = await abortable(this.access.headers(this.endpoint.origin + path), signal);
    return this.connection.post(path, headers, batch.body, signal);
  }

  private rejections(
    { failures, failedSurely }: Failed,
    batch: SeriesBatch,
    cells: readonly Cell[],
    projectId: string,
  ): RejectedCell[] {
    const kinds = new Map<string, FailureKind>();
    return Array.from(failures, ([position, text]) => {
      const kind = kinds.get(text) ?? kindOfPointFailure(text, projectId);
      kinds.set(text, kind);
      if (kind.action === 'stop' && failedSurely && failures.size === batch.size) {
        throw new RequestRefusedError(kind);
      }
      const index = batch.cellOf(position);
      if (failedSurely) {
        this.logFailure(kind, cells[index]!);
      }
      const why = kinds.size > MOST_REASONS ? 'it gives many reasons.' : kind.advice;
      const outcome = failedSurely ? OUTCOMES[kind.action] : 'unknown';
      return { index, reason: `Cloud Monitoring: ${why}`, outcome };
    });
  }

  private logFailure({ name, action, advice }: FailureKind, { metric }: Cell): void {
    if (action === 'drop') {
      this.log.warnOnce(
        `Cloud Monitoring does not take metric "${metric.name}": ${advice}`,
        `${metric.name} ${name}`,
      );
    } else if (action === 'stop') {
      this.log.errorOnce(`Some cells are not written to Cloud Monitoring: ${advice}`, name);
    }
  }
}

/** Believes a reply that names the failed series, unless a text in the request looks like such a name. */
function credible(outcome: WriteOutcome, batch: SeriesBatch): WriteOutcome {
  const isDoubtful =
    outcome.written === 'all but' &&
    outcome.failures.size > 0 &&
    !outcome.isCounted &&
    batch.mentions(NAME_OF_SERIES);
  return isDoubtful
    ? { written: 'unknown', text: [...new Set(outcome.failures.values())].join('; ') }
    : outcome;
}

/** Whether the request may be sent again without the series that the refusal blames. */
function canBeRepeated(
  { status }: HttpReply,
  culprits: ReadonlyMap<number, string>,
  { action }: FailureKind,
): boolean {
  return status === 400 && action !== 'stop' && culprits.size > 0;
}

function outcomeOfFailure(failure: unknown): RejectionOutcome {
  const isSure =
    failure instanceof RequestRefusedError ||
    failure instanceof NotSentError ||
    failure instanceof NoAccessError;
  return isSure ? 'retry' : 'unknown';
}
