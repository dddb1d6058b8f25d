import type { Clock } from '../../clock/clock.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import { log } from '../../log.js';
import { WAITING } from '../claim.js';
import type { ClaimTrouble } from './claim-history.js';
import type { ClockWatch } from './clock-watch.js';

const REPEAT_MS = 60 * 60_000;

/** Logs what is wrong with the rows of task numbers: each kind of it at most once an hour. */
export class RowAlarms {
  private readonly logged = new Map<string, Stopwatch>();

  constructor(
    private readonly clock: Clock,
    private readonly clockWatch: ClockWatch,
  ) {}

  /** Something is wrong with the claim of an instance of this process. */
  claim(key: string, trouble: ClaimTrouble): void {
    switch (trouble.type) {
      case 'foreign writer':
        return this.foreignWriter();
      case 'twin':
        return this.twin(key, trouble.claim.taskNum);
      case 'gone':
        return this.gone(key, trouble.taskNum, trouble.writtenMsAgo);
      case 'set back':
        return this.clockWatch.wasSetBack(trouble.byMs);
    }
  }

  /** There are signs of a housekeeping that is not ours. */
  foreignWriter(): void {
    if (!this.logged.has('foreign writer')) {
      this.logged.set('foreign writer', new Stopwatch(this.clock));
      log.warn(
        'Another housekeeping writes the rows of task numbers, and may give one number to two instances. ' +
          'If Go services share them, turn their cron /internal/cron/ts_mon/housekeeping off: ours serves both.',
      );
    }
  }

  /** Housekeeping has found none of the rows that there were. */
  emptied(): void {
    if (this.isDue('emptied')) {
      log.error(
        'The rows of task numbers are gone from Datastore: its data was lost or deleted. Until their next heartbeat instances go on to send under ' +
          'numbers that may be given to others meanwhile.',
      );
    }
  }

  private twin(key: string, taskNum: number): void {
    if (this.isDue(`twin ${key}`)) {
      log.error(
        `Another process renews the claim ${JSON.stringify(key)} too, and ${bothSend(taskNum)}: ` +
          'one was cloned, or restored from a snapshot that was taken after its start. Start each process anew.',
      );
    }
  }

  private gone(key: string, taskNum: number, writtenMsAgo: number): void {
    // One whose clock is behind writes claims that have expired already, and is told so.
    if (this.clockWatch.difference === undefined && this.isDue(`gone ${key}`)) {
      const meanwhile =
        taskNum === WAITING
          ? ''
          : ` Another instance may have been given task number ${taskNum} meanwhile.`;
      log.warn(
        `The claim ${JSON.stringify(key)} is gone from Datastore, though it was written ${Math.round(writtenMsAgo / 1000)} s ago: ` +
          `its data was lost or deleted, or the clock of this instance is behind that of housekeeping.${meanwhile}`,
      );
    }
  }

  private isDue(what: string): boolean {
    const since = this.logged.get(what);
    if (since && since.elapsedMs() < REPEAT_MS) {
      return false;
    }
    this.logged.set(what, new Stopwatch(this.clock));
    return true;
  }
}

function bothSend(taskNum: number): string {
  return taskNum === WAITING
    ? 'both would get one task number'
    : `both send under task number ${taskNum}`;
}
