import { goInstanceIsAlive } from './go-instance.js';
import type { Message } from './message.js';
import type { ModelProcess } from './model-process.js';
import { isFree, type Scenes } from './scenes.js';

export interface WeighedStep {
  readonly weight: number;
  /** Resolves to false where there was nothing to do it to. */
  readonly step: () => boolean | Promise<boolean>;
}

/** How much there is of one kind of trouble: each schedule has its own mixture, many of one and none of another. */
type Trouble = () => number;

/** What may happen next in a schedule. */
export function stepsOf(scenes: Scenes): WeighedStep[] {
  const trouble: Trouble = () => scenes.random.oneOf([0, 0.5, 1, 3]);
  return [
    ...onTheWay(scenes, trouble),
    ...inProcesses(scenes),
    ...withTime(scenes, trouble),
    ...toProcesses(scenes, trouble),
  ].filter(({ weight }) => weight > 0);
}

/** What becomes of requests and answers. */
function onTheWay(scenes: Scenes, trouble: Trouble): WeighedStep[] {
  const { world } = scenes;
  const step = (weight: number, act: (message: Message<ModelProcess>) => void): WeighedStep => ({
    weight,
    step: () => done(scenes.message(), act),
  });
  return [
    step(30, message => scenes.deliver(message)),
    { weight: 4, step: () => scenes.goodSpell() },
    { weight: 2, step: () => done(scenes.stalledMessage(), message => scenes.deliver(message)) },
    step(4 * trouble(), message => scenes.applyOnce(message)),
    step(2 * trouble(), message => world.fail(message, 'the connection broke')),
    step(2 * trouble(), message => {
      scenes.applyOnce(message);
      world.fail(message, 'the answer was lost');
    }),
    step(2 * trouble(), message => {
      world.fail(message, 'the request was lost');
      world.drop(message);
    }),
    step(trouble(), message => world.drop(message)),
    step(trouble(), message => world.duplicate(message)),
    step(0.5 * trouble(), message => {
      world.apply(message);
      world.apply(message);
      world.reply(message);
    }),
  ];
}

/** What processes do by themselves. */
function inProcesses(scenes: Scenes): WeighedStep[] {
  const { random, world, setting } = scenes;
  const assign = (process: ModelProcess): void => {
    const scan = random.next() < 0.7 ? ('always' as const) : ('when-needed' as const);
    world.assign(process, random.next() < 0.9 ? { scan } : { unlessFinishedWithinSec: 45 });
  };
  const mayAssign = (process: ModelProcess): boolean =>
    process.isRunning && process.isBusyWith('assign') < 2;
  return [
    { weight: 9, step: () => done(scenes.process(isFree), process => world.renew(process)) },
    { weight: 4, step: () => done(scenes.process(mayAssign), assign) },
    { weight: 2, step: () => scenes.goodRun() },
    { weight: 1.5, step: () => scenes.newcomer() },
    {
      weight: setting.hasGo ? 2 : 0,
      step: () => done(random.below(2), id => goInstanceIsAlive(world, id)),
    },
  ];
}

function withTime(scenes: Scenes, trouble: Trouble): WeighedStep[] {
  const { random, setting } = scenes;
  const expiryMs = (): number => random.oneOf(setting.expirations) * 1000;
  const step = (weight: number, ms: () => number): WeighedStep => ({
    weight,
    step: () => done(ms(), passed => scenes.advance(passed)),
  });
  return [
    step(1.5, () => 1000 + random.below(4000)),
    step(1.5, () => 5000 + random.below(15_000)),
    step(2, () => expiryMs() * (0.15 + random.next() * 0.4)),
    step(0.7 * trouble(), () => expiryMs() * (0.9 + random.next() * 0.6)),
  ];
}

/** What is done to processes. */
function toProcesses(scenes: Scenes, trouble: Trouble): WeighedStep[] {
  const { random, world, setting } = scenes;
  const step = (
    weight: number,
    fits: (process: ModelProcess) => boolean,
    act: (process: ModelProcess) => void | Promise<void>,
  ): WeighedStep => ({ weight, step: () => done(scenes.process(fits), act) });
  const isRunning = (process: ModelProcess): boolean => process.isRunning;
  const isIdle = (process: ModelProcess): boolean => process.isRunning && process.calls.size === 0;
  const isAlive = (process: ModelProcess): boolean => !process.isCrashed;
  const isFrozen = (process: ModelProcess): boolean =>
    !process.isCrashed && process.frozen !== undefined;
  const isRenewing = (process: ModelProcess): boolean =>
    process.isRunning && process.isBusyWith('renew') > 0;
  const aborts = trouble();
  return [
    step(trouble(), isRunning, process =>
      world.freeze(process, random.oneOf(['clock stands still', 'clock goes on'])),
    ),
    step(1.5, isFrozen, process => world.thaw(process)),
    step(0.5 * trouble(), isAlive, process => world.crash(process)),
    step(trouble(), isAlive, process => world.setClock(process, scenes.skewMs())),
    step(trouble(), isFree, process => world.release(process)),
    { weight: 0.5 * trouble(), step: () => scenes.succession() },
    { weight: 0.5 * trouble(), step: () => scenes.comeback() },
    { weight: setting.jumpShare * trouble(), step: () => scenes.inheritance() },
    step(setting.jumpShare * trouble(), isIdle, process => scenes.thereAndBack(process)),
    step(aborts, isRenewing, process => world.abort(process)),
    step(3 * aborts, isFree, process => world.renewAbortably(process)),
  ];
}

async function done<T>(
  one: T | undefined,
  act: (one: T) => void | Promise<void>,
): Promise<boolean> {
  if (one === undefined) {
    return false;
  }
  await act(one);
  return true;
}
