import type { Clock } from '../../clock/clock.js';
import { Throttle } from '../../clock/throttle.js';
import { log } from '../../log.js';
import { WAITING } from '../claim.js';
import type { ClaimTrouble } from './claim-history.js';
import type { ClockWatch } from './clock-watch.js';

const PERIOD_SEC = 60 * 60;

/** Logs what is wrong with the rows of task numbers: another housekeeping once, anything else at most once an hour. */
export class RowAlarms {
  private readonly throttle: Throttle;
  private hasLoggedForeignWriter = false;

  constructor(
    clock: Clock,
    private readonly clockWatch: ClockWatch,
  ) {
    this.throttle = new Throttle(clock, PERIOD_SEC);
  }

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
    if (!this.hasLoggedForeignWriter) {
      this.hasLoggedForeignWriter = true;
      log.warn(
        'Another housekeeping writes the rows of task numbers, and may give one number to two instances. ' +
          'If Go services share them, turn their cron /internal/cron/ts_mon/housekeeping off: ours serves both.',
      );
    }
  }

  /** Housekeeping has found none of the rows that there were. */
  emptied(): void {
    if (this.throttle.allows('emptied')) {
      log.error(
        'The rows of task numbers are gone from Datastore: its data was lost or deleted. Until their next heartbeat instances go on to send under ' +
          'numbers that may be given to others meanwhile.',
      );
    }
  }

  private twin(key: string, taskNum: number): void {
    if (this.throttle.allows(`twin ${key}`)) {
      log.error(
        `Another process renews the claim ${JSON.stringify(key)} too, and ${bothSend(taskNum)}: ` +
          'one was cloned, or restored from a snapshot that was taken after its start. Start each process anew.',
      );
    }
  }

  private gone(key: string, taskNum: number, writtenMsAgo: number): void {
    // One whose clock is behind writes claims that have expired already, and is told so.
    if (this.clockWatch.difference === undefined && this.throttle.allows(`gone ${key}`)) {
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
}

function bothSend(taskNum: number): string {
  return taskNum === WAITING
    ? 'both would get one task number'
    : `both send under task number ${taskNum}`;
}
