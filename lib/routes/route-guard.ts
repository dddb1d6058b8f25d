import { HttpException, type CanActivate, type Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { firstValueFrom, isObservable } from 'rxjs';

/** Asks a guard of Nest about requests that come by no route of Nest. */
export class RouteGuard {
  /** @param controller the class that the guard is told. */
  constructor(
    private readonly guard: CanActivate,
    private readonly controller: Type,
  ) {}

  /** @throws what the guard fails with; an HttpException is a refusal. */
  async allows(request: unknown, response: unknown): Promise<boolean> {
    const context = new ExecutionContextHost([request, response], this.controller, this.allows);
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
