import { setImmediate } from 'node:timers/promises';
import type { SeededRandom } from '../../support/seeded-random.js';
import type { Message } from './message.js';
import type { ModelProcess } from './model-process.js';
import type { Setting } from './setting.js';
import type { World } from './world.js';

const MAX_ALIVE = 6;
/** With the clocks that differ it stays below the hour from which a heartbeat is not believed. */
const LONGEST_JUMP_MS = 45 * 60_000;

/** Whether the answer to a message is lost. */
type Loses = (message: Message<ModelProcess>) => boolean;

/** What happens in a world, chosen by chance: single steps, and scenes of several that lead to where it gets tight. */
export class Scenes {
  private isMeddling = false;

  constructor(
    readonly world: World,
    readonly random: SeededRandom,
    readonly setting: Setting,
  ) {}

  deliver(message: Message<ModelProcess>): void {
    this.applyOnce(message);
    this.world.reply(message);
  }

  /** One goes, and another comes and gets its number as soon as may be. */
  async succession(): Promise<boolean> {
    const { random, world } = this;
    const leaver = this.process(isHolding);
    if (!leaver) {
      return false;
    }
    if (random.next() < this.setting.jumpShare) {
      await this.thereAndBack(leaver);
    }
    world.release(leaver);
    await setImmediate();
    await this.goodSpell(leaver);
    this.advance(60_000 + random.below(30_000));
    await this.heirComes();
    return true;
  }

  /**
   * One is silent until its claim is gone, while another leaves. It comes back, does not learn that it has claimed
   * again, and may be given the number that the other had.
   */
  async comeback(): Promise<boolean> {
    const { random, world } = this;
    const silent = this.process(isHolding);
    const leaver = this.process(one => isHolding(one) && one !== silent);
    if (!silent || !leaver) {
      return false;
    }
    world.freeze(silent, random.oneOf(['clock stands still', 'clock goes on']));
    for (let part = 0; part < 6; part++) {
      this.advance(silent.options.expirationSec * 200);
      await this.goodRenewal(leaver);
    }
    await this.goodRun();
    world.release(leaver);
    await setImmediate();
    await this.goodSpell(leaver);
    this.advance(60_000 + random.below(30_000));
    await this.goodRun();
    world.thaw(silent);
    await this.goodRenewal(silent, ({ request }) => request.writes?.[0]?.type === 'insert');
    await this.goodRun();
    await this.goodRenewal(silent);
    return true;
  }

  /** One leaves no word, and the others go on until its number is given to another. */
  async inheritance(): Promise<boolean> {
    const { random, world } = this;
    const leaver = this.process(isHolding);
    if (!leaver) {
      return false;
    }
    await this.thereAndBack(leaver);
    world.rules.stepEnded(world.processes);
    world.crash(leaver);
    this.advance(leaver.options.expirationSec * (1000 + random.below(200)));
    await this.goodRun();
    await this.heirComes();
    return true;
  }

  /** Another process comes, and gets its number as soon as may be. */
  private async heirComes(): Promise<void> {
    await this.newcomer();
    for (let run = 0; run < 2; run++) {
      await this.goodRun();
    }
    const heir = this.process(one => isFree(one) && one.taskNumber.target() === undefined);
    if (heir) {
      await this.goodRenewal(heir);
    }
  }

  /** The clock of a process is set forward, and soon back. In between it sends, and may renew its claim. */
  async thereAndBack(process: ModelProcess): Promise<void> {
    const { random, world } = this;
    const { skewMs } = process;
    const longestMs = Math.min(LONGEST_JUMP_MS, process.options.expirationSec * 1600);
    world.setClock(process, skewMs + 1000 + random.below(longestMs));
    world.rules.stepEnded(world.processes);
    // One that assigns numbers itself would judge others by a clock that is further ahead than T1 allows.
    const mayRenew = process.calls.size === 0 && !process.options.selfAssign;
    if (mayRenew && random.next() < 0.2) {
      await this.goodRenewal(process);
    }
    world.setClock(process, skewMs);
  }

  /** A run of housekeeping without trouble. */
  async goodRun(): Promise<boolean> {
    const process = this.process(one => one.isRunning && one.calls.size === 0);
    if (process) {
      this.world.assign(process, {});
      await setImmediate();
      await this.goodSpell(process);
    }
    return process !== undefined;
  }

  /** For a while all that one process asks for is answered at once. */
  async goodSpell(
    process = this.process(one => one.isRunning && one.calls.size > 0),
    loses: Loses = () => false,
  ): Promise<boolean> {
    const { world } = this;
    if (!process) {
      return false;
    }
    for (let turn = 0; turn < 12 && process.calls.size > 0 && !this.isCollisionNear(); turn++) {
      await this.meddleWithCommits();
      for (const message of world.messages.filter(one => one.from === process)) {
        this.applyOnce(message);
        if (loses(message)) {
          world.fail(message, 'the answer was lost');
        } else {
          world.reply(message);
        }
      }
      world.advance(1 + this.random.below(20));
      await setImmediate();
      world.rules.stepEnded(world.processes);
    }
    return true;
  }

  applyOnce(message: Message<ModelProcess>): void {
    if (!message.isApplied) {
      this.world.apply(message);
    }
  }

  start(): ModelProcess {
    const { random } = this;
    return this.world.start({
      group: random.below(this.setting.groups),
      skewMs: this.skewMs(),
      expirationSec: random.oneOf(this.setting.expirations),
      selfAssign: random.next() < this.setting.selfAssignShare,
    });
  }

  advance(ms: number): void {
    this.world.log?.(`${Math.floor(ms / 1000)} s pass`);
    this.world.advance(Math.floor(ms));
  }

  skewMs(): number {
    const { random } = this;
    const part = random.next() < 0.5 ? random.oneOf([-1, 1]) : random.next() * 2 - 1;
    return Math.floor(part * this.setting.maxSkewMs);
  }

  private aliveCount(): number {
    return this.world.processes.filter(process => process.isClaimant).length;
  }

  async meddleWithCommits(): Promise<void> {
    if (!this.isMeddling) {
      this.isMeddling = true;
      for (const message of this.world.freshCommits.splice(0)) {
        await this.meddle(message);
      }
      this.isMeddling = false;
    }
  }

  /** What goes wrong with commits does so at the worst moment: when others that collide with them are sent. */
  private async meddle(message: Message<ModelProcess>): Promise<void> {
    const { random } = this;
    if (message.isApplied) {
      return;
    }
    const isChunk = isChunkMessage(message);
    const late = isChunk ? this.stalledMessage() : undefined;
    if (late && random.next() < 0.7) {
      this.deliver(late);
    } else if (
      message.from.isRunning &&
      random.next() < this.setting.stallShare * (isChunk ? 1 : 0.1)
    ) {
      await this.stall(message);
    }
  }

  private isCollisionNear(): boolean {
    return (
      this.stalledMessage() !== undefined &&
      this.world.freshCommits.some(message => isChunkMessage(message) && !message.isApplied)
    );
  }

  stalledMessage(): Message<ModelProcess> | undefined {
    return this.world.messages.find(message => message.isStalled && !message.isApplied);
  }

  /** A commit lies somewhere, until long after its sender has given up or is gone. Meanwhile others go on. */
  private async stall(message: Message<ModelProcess>): Promise<void> {
    const { random, world } = this;
    world.stall(message);
    if (random.next() < 0.5) {
      world.crash(message.from);
    } else {
      world.freeze(message.from, 'clock stands still');
    }
    this.advance(15_000 + random.below(4000));
    await this.newcomer();
    await this.goodRun();
  }

  /** An instance starts, and claims a number without trouble. */
  async newcomer(): Promise<boolean> {
    if (this.aliveCount() >= MAX_ALIVE) {
      return false;
    }
    await this.goodRenewal(this.start());
    return true;
  }

  private async goodRenewal(process: ModelProcess, loses?: Loses): Promise<void> {
    if (isFree(process)) {
      this.world.renew(process);
      await setImmediate();
      await this.goodSpell(process, loses);
    }
  }

  /** One that something can still come of, and does not lie somewhere. */
  message(): Message<ModelProcess> | undefined {
    const { messages } = this.world;
    for (let tries = 0; tries < 5 && messages.length > 0; tries++) {
      const index = this.random.below(messages.length);
      const message = messages[index]!;
      if (message.isOver) {
        messages[index] = messages.at(-1)!;
        messages.pop();
      } else if (!message.isStalled) {
        return message;
      }
    }
    return undefined;
  }

  process(fits: (process: ModelProcess) => boolean): ModelProcess | undefined {
    const { processes } = this.world;
    const first = this.random.below(processes.length);
    for (let i = 0; i < processes.length; i++) {
      const process = processes[(first + i) % processes.length]!;
      if (fits(process)) {
        return process;
      }
    }
    return undefined;
  }
}

/** Whether it changes other rows together with the lease. */
function isChunkMessage({ request }: Message<ModelProcess>): boolean {
  return request.writes!.length > 1;
}

/** Whether it has a number and may renew it. */
function isHolding(process: ModelProcess): boolean {
  return isFree(process) && process.taskNumber.target() !== undefined;
}

/** Whether it may renew. */
export function isFree(process: ModelProcess): boolean {
  return process.isRunning && process.isClaimant && process.isBusyWith('renew') === 0;
}
