import 'reflect-metadata';
import { Controller, Inject, Injectable, Module, type Provider } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  DatastoreTaskNumAllocator,
  InMemoryTaskNumAllocator,
  Registry,
  TaskNumAllocator,
  TsmonModule,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';

/** Enough of a client to be told from options for one: nothing connects before it is used. */
const CLIENT = { options: {}, getProjectId: () => Promise.resolve('p') } as never;

@Injectable()
class ByConstructor {
  constructor(readonly allocator: DatastoreTaskNumAllocator) {}
}

@Injectable()
class ByToken {
  constructor(@Inject(DatastoreTaskNumAllocator) readonly allocator: TaskNumAllocator) {}
}

@Injectable()
class ByProperty {
  @Inject(DatastoreTaskNumAllocator)
  readonly allocator!: TaskNumAllocator;
}

@Controller()
class InController {
  constructor(readonly allocator: DatastoreTaskNumAllocator) {}
}

@Injectable()
class ByAnotherToken {
  constructor(@Inject(TaskNumAllocator) readonly allocator: DatastoreTaskNumAllocator) {}
}

const WAYS: [string, { providers?: Provider[]; controllers?: [typeof InController] }, unknown][] = [
  ['in a constructor', { providers: [ByConstructor] }, ByConstructor],
  ['by @Inject()', { providers: [ByToken] }, ByToken],
  ['as a property', { providers: [ByProperty] }, ByProperty],
  ['in a controller', { controllers: [InController] }, InController],
  [
    'in a factory',
    {
      providers: [
        {
          provide: 'made',
          useFactory: (allocator: TaskNumAllocator) => ({ allocator }),
          inject: [DatastoreTaskNumAllocator],
        },
      ],
    },
    'made',
  ],
];

const MESSAGE =
  'There is no DatastoreTaskNumAllocator here: task numbers are those of InMemoryTaskNumAllocator (not on Google Cloud, and no option datastore). Inject the token TaskNumAllocator instead';

let compiled: TestingModule | undefined;

async function compile(options: TsmonModuleOptions, metadata = {}): Promise<TestingModule> {
  @Module(metadata)
  class Feature {}
  const given = { registry: new Registry(), housekeeping: { cron: false }, ...options };
  const imports = [TsmonModule.forRoot(given), Feature];
  compiled = await Test.createTestingModule({ imports }).compile();
  return compiled;
}

describe('the token DatastoreTaskNumAllocator', () => {
  beforeEach(() => {
    vi.stubEnv('DATASTORE_EMULATOR_HOST', '');
  });
  afterEach(async () => {
    await compiled?.close();
    compiled = undefined;
    vi.unstubAllEnvs();
  });

  it('provides the allocator in use if that is one', async () => {
    const given = new DatastoreTaskNumAllocator(CLIENT);
    expect((await compile({ allocator: given })).get(DatastoreTaskNumAllocator)).toBe(given);
    const made = await compile({ datastore: CLIENT });
    expect(made.get(DatastoreTaskNumAllocator)).toBeInstanceOf(DatastoreTaskNumAllocator);
    expect(made.get(DatastoreTaskNumAllocator)).toBe(made.get(TaskNumAllocator));
  });

  it.each(WAYS)('provides it to a provider that injects it %s', async (_, metadata, token) => {
    const app = await compile({ datastore: CLIENT }, metadata);
    const { allocator } = app.get(token as 'made', { strict: false });
    expect(allocator).toBe(app.get(TaskNumAllocator));
  });

  it.each(WAYS)('fails the start if numbers are in memory: injected %s', async (_, metadata) => {
    await expect(compile({}, metadata)).rejects.toThrow(MESSAGE);
  });

  it('does not fail the start if the allocator in use is injected by its own token', async () => {
    const app = await compile({}, { providers: [ByAnotherToken] });
    const { allocator } = app.get(ByAnotherToken, { strict: false });
    expect(allocator).toBeInstanceOf(InMemoryTaskNumAllocator);
  });

  it('gives app.get() an allocator that fails with that error when used, if numbers are in memory', async () => {
    const app = await compile({});
    await app.init();
    const allocator = app.get(DatastoreTaskNumAllocator);
    await expect(allocator.assignTaskNumbers()).rejects.toThrow(MESSAGE);
    await expect(allocator.notifyTaskIsAlive({} as never, 'i')).rejects.toThrow(MESSAGE);
    await expect(allocator.release({} as never, 'i')).rejects.toThrow(MESSAGE);
    await expect(allocator.instances({} as never, 1)).rejects.toThrow(MESSAGE);
    expect(() => allocator.expirationSec).toThrow(MESSAGE);
  });

  it('names the allocator in use in its error', async () => {
    const allocator = new InMemoryTaskNumAllocator();
    const rejection = compile({ allocator }, { providers: [ByConstructor] });
    await expect(rejection).rejects.toThrow('InMemoryTaskNumAllocator (option allocator)');
  });
});
