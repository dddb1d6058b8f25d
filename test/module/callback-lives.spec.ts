import { Injectable, Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import {
  IntGauge,
  registerCallback,
  registerGlobalCallback,
  Registry,
  TsmonModule,
  TsmonService,
} from '../../lib/entry/index.js';
import { endAll, ownOptions, start } from './hello-app.js';

afterEach(endAll);

/** A module whose provider registers callbacks in its onModuleInit, as most applications do. */
function queueModule(registry: Registry, ran: string[], name: string): DynamicModule {
  const depth = new IntGauge('depth', { registry, fields: { queue: 'string' } });
  const stock = new IntGauge(`stock/${name}`, { registry });

  @Injectable()
  class Queues implements OnModuleInit {
    onModuleInit(): void {
      registerCallback(
        () => {
          ran.push(name);
          depth.set(1, { queue: name });
        },
        { gauges: [depth] },
      );
      registerGlobalCallback(name, [stock], () => stock.set(1));
    }
  }

  @Module({})
  class QueueModule {}
  return { module: QueueModule, providers: [Queues] };
}

describe('callbacks', () => {
  it('of an application end with it, and those of module level stay', async () => {
    const registry = new Registry();
    const ran: string[] = [];
    registerCallback(() => void ran.push('module level'), { registry });
    for (const name of ['first', 'second', 'third', 'fourth', 'fifth']) {
      const options = { ...ownOptions(), registry };
      const { app } = await start({
        imports: [queueModule(registry, ran, name), TsmonModule.forRoot(options)],
      });
      ran.length = 0;
      await app.get(TsmonService).flush();
      expect(ran).toEqual(['module level', name]);
      expect([...registry.globalCallbacks.keys()]).toEqual([name]);
      const sent = options.monitor.calls.at(-1)!.cells;
      expect(
        sent.filter(({ metric }) => metric.name === 'depth').map(cell => cell.fieldValues),
      ).toEqual([[name]]);
      ran.length = 0;
      await endAll();
      expect(ran).toContain(name);
      expect(registry.callbacks.size).toBe(1);
      expect(registry.globalCallbacks.size).toBe(0);
    }
  });

  it.each(['before', 'behind'])('of a module imported %s ours end as well', async place => {
    const registry = new Registry();
    const queues = queueModule(registry, [], 'a');
    const ours = TsmonModule.forRoot({ ...ownOptions(), registry });
    await start({ imports: place === 'before' ? [queues, ours] : [ours, queues] });
    expect(registry.globalCallbacks.size).toBe(1);
    await endAll();
    expect([registry.callbacks.size, registry.globalCallbacks.size]).toEqual([0, 0]);
  });

  it('of a start that failed end before the next one', async () => {
    const registry = new Registry();
    const ran: string[] = [];
    @Injectable()
    class Fails {
      onApplicationBootstrap(): void {
        throw new Error('no database');
      }
    }
    const options = { ...ownOptions(), registry };
    await expect(
      start({
        imports: [queueModule(registry, ran, 'failed'), TsmonModule.forRoot(options)],
        providers: [Fails],
      }),
    ).rejects.toThrow('no database');
    const { app } = await start({
      imports: [queueModule(registry, ran, 'next'), TsmonModule.forRoot(options)],
    });
    ran.length = 0;
    await app.get(TsmonService).flush();
    expect(ran).toEqual(['next']);
  });

  it('that were unregistered before are left alone at the end', async () => {
    const registry = new Registry();
    await start({ imports: [TsmonModule.forRoot({ ...ownOptions(), registry })] });
    const gauge = new IntGauge('g', { registry });
    const unregister = registerGlobalCallback('same', [gauge], () => undefined);
    unregister();
    await endAll();
    registerGlobalCallback('same', [gauge], () => undefined);
    unregister();
    expect(registry.globalCallbacks.size).toBe(1);
  });
});
