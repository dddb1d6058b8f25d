import { HttpException, type CanActivate, type Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { firstValueFrom, isObservable } from 'rxjs';

/** Runs a Nest guard for requests that Nest does not route. */
export class RouteGuard {
  /** @param controller the class that the execution context names. */
  constructor(
    private readonly guard: CanActivate,
    private readonly controller: Type,
  ) {}

  /** @throws the error of the guard. An HttpException counts as a refusal instead. */
  async allows(request: unknown, response: unknown): Promise<boolean> {
    const context = new ExecutionContextHost([request, response], this.controller, this.allows);
    try {
      const verdict = this.guard.canActivate(context);
      return (await (isObservable(verdict) ? firstValueFrom(verdict) : verdict)) === true;
    } catch (error) {
      // Guards may refuse by throwing, such as UnauthorizedException.
      if (error instanceof HttpException) {
        return false;
      }
      throw error;
    }
  }
}
