import { HttpException, type CanActivate, type Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { firstValueFrom, isObservable } from 'rxjs';
import type { RouteAuth } from './route-auth.js';

/** Asks a guard of Nest about requests that come by no route of Nest. */
export class RouteGuard {
  private constructor(
    private readonly guard: CanActivate,
    private readonly controller: Type,
  ) {}

  /** @param controller the class that the guard is told. */
  static async of(auth: RouteAuth, controller: Type, moduleRef: ModuleRef): Promise<RouteGuard> {
    return new RouteGuard(await guardOf(auth, moduleRef), controller);
  }

  /** @throws what the guard fails with; an HttpException is a refusal. */
  async letsIn(request: unknown, response: unknown): Promise<boolean> {
    const context = new ExecutionContextHost([request, response], this.controller, this.letsIn);
    try {
      const verdict = this.guard.canActivate(context);
      return (await (isObservable(verdict) ? firstValueFrom(verdict) : verdict)) === true;
    } catch (error) {
      // Guards also refuse by throwing: UnauthorizedException, for one.
      if (error instanceof HttpException) {
        return false;
      }
      throw error;
    }
  }
}

async function guardOf(auth: RouteAuth, moduleRef: ModuleRef): Promise<CanActivate> {
  if (auth === 'none' || auth === 'closed') {
    return { canActivate: () => auth === 'none' };
  }
  return typeof auth.guard === 'function' ? instanceOf(auth.guard, moduleRef) : auth.guard;
}

/** The application's instance of a guard, or one made for this purpose. */
function instanceOf(
  guard: Type<CanActivate>,
  moduleRef: ModuleRef,
): CanActivate | Promise<CanActivate> {
  try {
    return moduleRef.get(guard, { strict: false });
  } catch {
    return moduleRef.create(guard);
  }
}
