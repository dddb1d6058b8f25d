import { Controller, Get } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, it } from 'vitest';
import { EXPRESSES, type Express, type Router } from './expresses.js';
import { ask, closeAfterEach, recorded, recordedRequests, serve } from './harness.js';

@Controller('nest')
class NestController {
  @Get('one/:id')
  one(): string {
    return 'one';
  }
}

/** Numbers that are as good as random, and the same in each run. */
class Dice {
  constructor(private state: number) {}

  below(n: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * n);
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

const PATTERNS = ['/red', '/blue', '/red/:a', '/:b', '/v:c', '/green-:d', '/*e', '/'];
const MOUNTS = [...PATTERNS, ['/red', '/x:f'], /^\/re?d/];
const HOW_MANY_REQUESTS = 150;
/** What only a client writes: no pattern has it. */
const CLIENT = 'zq';

/** Routers in routers, as chance has it, and how many mounts and routes they declare. */
function nest(express: Express, router: Router, dice: Dice, depth: number): number {
  let declared = 0;
  for (let i = 0; i < 3; i += 1) {
    router.get(dice.of(PATTERNS), (_request, response, next) =>
      dice.below(3) === 0 ? next() : response.status(200).send('route'),
    );
    declared += 1;
  }
  const mounts = depth > 0 ? 3 : 0;
  for (let i = 0; i < mounts; i += 1) {
    const inner = dice.below(2) === 0 ? express() : express.Router({ mergeParams: true });
    const pattern = dice.of(MOUNTS);
    const alternatives = Array.isArray(pattern) ? pattern.length : 1;
    declared += alternatives * (1 + nest(express, inner, dice, depth - 1));
    router.use(pattern, inner);
  }
  router.use(dice.of(MOUNTS), (_request, response, next) =>
    dice.below(4) === 0 ? response.status(202).send('middleware') : next(),
  );
  return declared + 2;
}

/** Words of the patterns in any case, mixed with what only the client writes. */
function randomUrl(dice: Dice): string {
  const words = ['red', 'RED', 'Blue', 'v1', 'green-', 'x7', 'nest', 'one', ''];
  const own = (): string => `${CLIENT}${dice.below(1000)}${dice.of(['', '%20', '%2F', '.', '~'])}`;
  const segments = Array.from({ length: 1 + dice.below(5) }, () =>
    dice.below(3) === 0 ? own() : `${dice.of(words)}${dice.below(4) === 0 ? own() : ''}`,
  );
  return `/${segments.join('/')}${dice.below(4) === 0 ? `?${own()}` : ''}`;
}

describe.each(EXPRESSES)('names on %s', (_name, express) => {
  closeAfterEach();

  it.each([1, 2, 3, 4, 5])(
    'R3 names are bounded by what is declared, and hold nothing that a client wrote; nest %i',
    async seed => {
      const dice = new Dice(seed);
      const instance = express();
      let declared = 0;
      const served = await serve('express', {
        controllers: [NestController],
        adapter: new ExpressAdapter(instance),
        configure: () => {
          declared = nest(express, instance, dice, 3);
        },
      });
      const urls = Array.from({ length: HOW_MANY_REQUESTS }, () => randomUrl(dice));
      for (const url of urls) {
        await ask(served.port, url, { method: dice.of(['GET', 'GET', 'HEAD', 'POST']) });
      }
      await recordedRequests(served, HOW_MANY_REQUESTS);
      const names = new Set(recorded(served).map(({ name }) => name));
      const allowed = /^(\/(red|blue|nest|one|v|x|green-|\*|[:*][a-f]|:id)+)*$/;
      expect([...names].filter(name => name !== '/' && !allowed.test(name))).toEqual([]);
      expect(names.size).toBeGreaterThan(2);
      expect(names.size).toBeLessThanOrEqual(declared);
    },
  );
});
