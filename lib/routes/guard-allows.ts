import { HttpException, type CanActivate, type Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { firstValueFrom, isObservable } from 'rxjs';

/**
 * Runs a Nest guard for a request that Nest does not route.
 *
 * @param controller the class that the execution context names.
 * @throws the error of the guard. An HttpException counts as a refusal instead.
 */
export async function guardAllows(
  guard: CanActivate,
  controller: Type,
  request: unknown,
  response: unknown,
): Promise<boolean> {
  const context = new ExecutionContextHost([request, response], controller, guardAllows);
  try {
    const verdict = guard.canActivate(context);
    return (await (isObservable(verdict) ? firstValueFrom(verdict) : verdict)) === true;
  } catch (error) {
    // Guards may refuse by throwing, such as UnauthorizedException.
    if (error instanceof HttpException) {
      return false;
    }
    throw error;
  }
}
