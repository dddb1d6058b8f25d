import { IntGauge, registerCallback, type TsmonService } from 'nestjs-tsmon';
import type { CallbackMood } from './protocol.js';

const depth = new IntGauge('soak/depth', { description: 'Set by a callback that never fails.' });

/** Callbacks that do what callbacks should not. */
export class MoodyCallbacks {
  mood: CallbackMood = 'calm';
  run = 0;
  private readonly moods: Readonly<Record<CallbackMood, Parameters<typeof registerCallback>[0]>>;

  /** @param requestSelf makes a request to the application itself, through its own server. */
  constructor(service: TsmonService, requestSelf: () => Promise<unknown>) {
    this.moods = {
      calm: () => undefined,
      throw: () => {
        throw new Error('A callback of the soaked application throws.');
      },
      reject: () => Promise.reject(new Error('A callback of the soaked application rejects.')),
      hang: () => new Promise<never>(() => {}),
      'flush and wait for it': async () => void (await service.flush()),
      'request from itself': async () => void (await requestSelf()),
      'register more': () => {
        const unregister = registerCallback(() => unregister());
      },
    };
  }

  register(): void {
    registerCallback(() => {
      this.run += 1;
      return this.moods[this.mood]();
    });
    registerCallback(() => depth.set(this.run));
  }
}
