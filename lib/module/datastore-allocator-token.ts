import type { ModulesContainer } from '@nestjs/core';
import {
  DatastoreTaskNumAllocator,
  isDatastoreAllocator,
} from '../task-numbers/datastore/datastore-task-num-allocator.js';
import { TaskNumAllocator, type AssignmentReport } from '../task-numbers/task-num-allocator.js';
import type { ChosenAllocator } from './allocator-choice.js';
import { nameOf } from '../log.js';

/**
 * Provides the token {@link DatastoreTaskNumAllocator}: the allocator in use, if it is of that class. This is known only at the
 * start. If it is of another class, the start fails when a class injects the token, and every method of the object that
 * `app.get()` returns throws. Both errors name the token {@link TaskNumAllocator}, which always works.
 */
export function datastoreAllocator(
  { allocator, reason }: ChosenAllocator,
  modules: ModulesContainer,
): TaskNumAllocator {
  if (isDatastoreAllocator(allocator)) {
    return allocator;
  }
  const message = `There is no DatastoreTaskNumAllocator here: task numbers are those of ${nameOf(allocator)} (${reason}). Inject the token TaskNumAllocator instead: it is the allocator in use, wherever the application runs.`;
  if (isInjected(DatastoreTaskNumAllocator, modules)) {
    throw new Error(message);
  }
  return new MissingAllocator(message);
}

/** Throws at every use. */
class MissingAllocator extends TaskNumAllocator {
  constructor(private readonly message: string) {
    super();
  }

  get expirationSec(): number {
    return this.fail();
  }

  async notifyTaskIsAlive(): Promise<number> {
    return this.fail();
  }

  async assignTaskNumbers(): Promise<AssignmentReport> {
    return this.fail();
  }

  async release(): Promise<void> {
    return this.fail();
  }

  override async instances(): Promise<never> {
    return this.fail();
  }

  private fail(): never {
    throw new Error(this.message);
  }
}

/** Whether a provider or controller of the application injects the token in its constructor, a property or a factory. */
function isInjected(token: unknown, modules: ModulesContainer): boolean {
  return [...modules.values()].some(({ providers, controllers, injectables }) =>
    [...providers.values(), ...controllers.values(), ...injectables.values()].some(
      ({ metatype, inject }) =>
        (inject ?? []).some(dependency => dependency === token) || asksFor(token, metatype),
    ),
  );
}

// Names of the metadata that Nest and the compiler write.
const TYPES = 'design:paramtypes';
const TOKENS = 'self:paramtypes';
const PROPERTIES = 'self:properties_metadata';

function asksFor(token: unknown, metatype: unknown): boolean {
  if (typeof metatype !== 'function') {
    return false;
  }
  const read = (key: string): unknown[] =>
    (Reflect.getMetadata(key, metatype) as unknown[] | undefined) ?? [];
  const tokens = read(TOKENS) as { index: number; param: unknown }[];
  const properties = read(PROPERTIES) as { type: unknown }[];
  return (
    read(TYPES).some(
      (type, i) => type === token && tokens.every(({ index }) => index !== i), // @Inject() wins
    ) ||
    tokens.some(({ param }) => param === token) ||
    properties.some(({ type }) => type === token)
  );
}
