import { abortable } from '../../clock/deadline.js';
import type { Cell } from '../../store/cell.js';
import type { RejectedCell } from '../monitor.js';
import { kindOfPointFailure, kindOfRefusal, type FailureKind } from './failure-kinds.js';
import type { GoogleAccess } from './google-access.js';
import type { OnceLog } from './once-log.js';
import type { HttpReply, RestConnection } from './rest-connection.js';
import type { SeriesBatch } from './series-batch.js';
import { outcomeOf, type WriteOutcome } from './write-reply.js';

/** A request of which nothing is known to be written. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';

  constructor(readonly kind: FailureKind) {
    super(`Cloud Monitoring refused a request: ${kind.advice}`);
  }
}

/** So many times a request is sent again without the series that were to blame for its refusal. */
const MOST_REPETITIONS = 3;
/** So many are told apart in a request. */
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
   * Sends a batch. Where the API refuses all of it because of some, the others are sent again at once.
   *
   * @param cells those that the batch was made of.
   * @throws RequestRefusedError, or what happened to the connection, where nothing is known to be written.
   */
  async send(
    batch: SeriesBatch,
    cells: readonly Cell[],
    projectId: string,
    signal: AbortSignal,
  ): Promise<readonly RejectedCell[]> {
    const rejected: RejectedCell[] = [];
    let rest = batch;
    for (let repetition = 0; rest.size > 0; repetition++) {
      const reply = await this.post(rest, projectId, signal);
      const outcome = outcomeOf(reply, rest.size);
      if (outcome.written) {
        const failures = this.rejections(outcome.failures, rest, cells, projectId);
        if (failures.length < rest.size) {
          this.log.allIsWell();
        }
        return [...rejected, ...failures];
      }
      const kind = kindOfRefusal(reply.status, outcome.text, projectId);
      if (!canBeMended(reply, outcome, kind) || repetition === MOST_REPETITIONS) {
        throw new RequestRefusedError(kind);
      }
      rejected.push(...this.rejections(outcome.culprits, rest, cells, projectId));
      rest = rest.without(outcome.culprits);
    }
    return rejected;
  }

  private async post(
    batch: SeriesBatch,
    projectId: string,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const path = `/v3/projects/${encodeURIComponent(projectId)}/timeSeries`;
    const url = new URL(path, this.endpoint);
    const headers = await abortable(this.access.headers(url), signal);
    return this.connection.post(url, headers, batch.body(), signal);
  }

  private rejections(
    failures: ReadonlyMap<number, string>,
    batch: SeriesBatch,
    cells: readonly Cell[],
    projectId: string,
  ): RejectedCell[] {
    const kinds = new Map<string, FailureKind>();
    return Array.from(failures, ([position, text]) => {
      const kind = kinds.get(text) ?? kindOfPointFailure(text, projectId);
      kinds.set(text, kind);
      if (kind.fate === 'stop' && failures.size === batch.size) {
        throw new RequestRefusedError(kind);
      }
      const index = batch.cellOf(position);
      this.say(kind, cells[index]!);
      const why = kinds.size > MOST_REASONS ? 'it gives many reasons.' : kind.advice;
      return { index, reason: `Cloud Monitoring: ${why}`, retry: kind.fate === 'retry' };
    });
  }

  private say({ name, fate, advice }: FailureKind, { metric }: Cell): void {
    if (fate === 'drop') {
      this.log.warn(
        `Cloud Monitoring does not take metric "${metric.name}": ${advice}`,
        `${metric.name} ${name}`,
      );
    } else if (fate === 'stop') {
      this.log.tell(`Some cells are not written to Cloud Monitoring: ${advice}`, name);
    }
  }
}

/** Whether the request may be sent again without the series that are to blame. */
function canBeMended(
  { status }: HttpReply,
  outcome: WriteOutcome & { written: false },
  { fate }: FailureKind,
): boolean {
  return status === 400 && fate !== 'stop' && outcome.culprits.size > 0;
}
