import type { IncomingMessage, ServerResponse } from 'node:http';
import { isPromise } from 'node:util/types';
import { log } from '../../log.js';
import type { FieldDeclarations, FieldType, FieldValue } from '../../metrics/fields.js';
import { truncated } from '../../metrics/truncated-text.js';
import { shown } from '../../validation/shown.js';
import { METHOD, type HttpFieldValues } from './added-fields.js';
import { asHandlersSee } from './fastify-hooks.js';

/** Other methods get one name: clients may send any. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'QUERY',
]);
const OTHER_METHOD = 'other';

/** The values that a type of field may have, and the one that stands for none. */
const TYPES = {
  string: { wanted: 'a string', none: '', has: (value: unknown) => typeof value === 'string' },
  int: { wanted: 'a safe integer', none: 0, has: Number.isSafeInteger },
  bool: {
    wanted: 'true or false',
    none: false,
    has: (value: unknown) => typeof value === 'boolean',
  },
} as const satisfies Record<FieldType, FieldTypeRules>;

interface FieldTypeRules {
  readonly wanted: string;
  readonly none: FieldValue;
  has(value: unknown): boolean;
}

const NO_VALUES: readonly FieldValue[] = [];

/**
 * Finds the values of the fields that the option `http.fields` adds. Never throws: a mistake of the application must not cost
 * the measurement.
 */
export class AddedValues {
  private readonly names: readonly string[];
  private readonly types: readonly FieldType[];
  /** The mistakes that were logged: the fields with a wrong value, and the empty string for a throw. */
  private readonly logged = new Set<string>();

  constructor(
    fields: FieldDeclarations,
    private readonly fieldValues: HttpFieldValues | undefined,
  ) {
    this.names = Object.keys(fields);
    this.types = Object.values(fields);
  }

  /** Returns the values for a request whose response has ended, in declared order. */
  of(
    method: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): readonly FieldValue[] {
    if (this.names.length === 0) {
      return NO_VALUES;
    }
    try {
      const given = this.fieldValues?.(...asHandlersSee(request, response)) ?? {};
      return this.valuesIn(given, method);
    } catch (error) {
      this.logOnce('', 'Option http.fieldValues failed. Its fields then have no value.', error);
      return this.none(method);
    }
  }

  /** Returns the values for a request that did not reach the application, in declared order. */
  none(method: string | undefined): readonly FieldValue[] {
    return this.names.map((name, i) =>
      name === METHOD ? methodName(method) : TYPES[this.types[i]!].none,
    );
  }

  private valuesIn(
    given: Readonly<Record<string, unknown>>,
    method: string | undefined,
  ): readonly FieldValue[] {
    if (isPromise(given)) {
      given.catch(() => {});
      throw new TypeError('It must return an object and not a promise.');
    }
    return this.names.map((name, i) =>
      name === METHOD ? methodName(method) : this.checked(name, this.types[i]!, given[name]),
    );
  }

  private checked(name: string, type: FieldType, value: unknown): FieldValue {
    const { wanted, none, has } = TYPES[type];
    if (has(value)) {
      return typeof value === 'string' ? truncated(value) : (value as FieldValue);
    }
    this.logOnce(
      name,
      `Option http.fieldValues must return ${wanted} as ${name}, got ${shown(value)}. The field is ${shown(none)} then.`,
    );
    return none;
  }

  private logOnce(topic: string, message: string, ...detail: [unknown?]): void {
    if (!this.logged.has(topic)) {
      this.logged.add(topic);
      log.error(message, ...detail);
    }
  }
}

function methodName(method: string | undefined): string {
  return method !== undefined && METHODS.has(method) ? method : OTHER_METHOD;
}
