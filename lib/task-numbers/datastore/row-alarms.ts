import type { Clock } from '../../clock/clock.js';
import { Throttle } from '../../clock/throttle.js';
import { log } from '../../log.js';
import { WAITING } from '../claim.js';
import type { ClaimTrouble } from './claim-history.js';
import type { ClockWatch } from './clock-watch.js';

const PERIOD_SEC = 60 * 60;

/** Logs trouble with the rows of task numbers: another housekeeping once, everything else at most once an hour. */
export class RowAlarms {
  private readonly throttle: Throttle;
  private hasLoggedForeignWriter = false;

  constructor(
    clock: Clock,
    private readonly clockWatch: ClockWatch,
  ) {
    this.throttle = new Throttle(clock, PERIOD_SEC);
  }

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

  foreignWriter(): void {
    if (!this.hasLoggedForeignWriter) {
      this.hasLoggedForeignWriter = true;
      log.warn(
        'Another housekeeping writes the rows of task numbers, and may give the same number to two instances. ' +
          'If Go services share the rows, turn their cron /internal/cron/ts_mon/housekeeping off: ours serves both.',
      );
    }
  }

  emptied(): void {
    if (this.throttle.allows('emptied')) {
      log.error(
        'The rows of task numbers are gone from Datastore: its data was lost or deleted. Until their next heartbeat, instances send under ' +
          'numbers that other instances may get meanwhile.',
      );
    }
  }

  private twin(key: string, taskNum: number): void {
    if (this.throttle.allows(`twin ${key}`)) {
      log.error(
        `Another process renews the claim ${JSON.stringify(key)} too, and ${bothSend(taskNum)}: ` +
          'one of them was cloned, or restored from a snapshot that was taken after its start. Restart both processes.',
      );
    }
  }

  private gone(key: string, taskNum: number, writtenMsAgo: number): void {
    // An instance whose clock is behind writes claims that have expired already. ClockWatch logs that.
    if (this.clockWatch.difference === undefined && this.throttle.allows(`gone ${key}`)) {
      const meanwhile =
        taskNum === WAITING
          ? ''
          : ` Another instance may have got task number ${taskNum} meanwhile.`;
      log.warn(
        `The claim ${JSON.stringify(key)} is gone from Datastore, although it was written only ${Math.round(writtenMsAgo / 1000)} s ago: ` +
          `data was lost or deleted, or the clock of this instance is behind the clock of housekeeping.${meanwhile}`,
      );
    }
  }
}

function bothSend(taskNum: number): string {
  return taskNum === WAITING
    ? 'both would get the same task number'
    : `both send under task number ${taskNum}`;
}
