import type { IncomingHttpHeaders } from 'node:http';
import { isFieldName, type FieldDeclarations } from '../../metrics/fields.js';
import { outOfRange, pathOf, wrongType } from '../../validation/option-errors.js';
import { isObject, oneOf, type Schema } from '../../validation/schema.js';

/** The field that the library fills itself. */
export const METHOD = 'method';

/** The fields of luci-go, which every HTTP metric of a server has. */
export const SERVER_FIELDS = { status: 'int', name: 'string', is_robot: 'bool' } as const;

/**
 * What the requests of Express, of Fastify and of Node have in common.
 *
 * @inline
 */
export interface AnyRequest {
  readonly headers: IncomingHttpHeaders;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/**
 * What the responses of Express, of Fastify and of Node have in common.
 *
 * @inline
 */
export interface AnyResponse {
  readonly statusCode: number;
  getHeader(name: string): unknown;
}

/**
 * Returns the values of the fields that the option `http.fields` adds.
 *
 * @inline
 */
export type HttpFieldValues = {
  // The parameters of a method may have any narrower type, such as the request of Express with the properties of guards.
  method(request: AnyRequest, response: AnyResponse): Readonly<Record<string, unknown>>;
}['method'];

const fieldType = oneOf(['string', 'int', 'bool']);

/** Schema of the option `http.fields`. */
export const addedFields: Schema<FieldDeclarations> = {
  wanted: "an object with names and types of fields, such as { method: 'string' }",
  check(given = {}, path) {
    if (!isObject(given)) {
      throw wrongType(path, this.wanted, given);
    }
    const fields = Object.entries(given).map(([name, type]) => {
      checkName(name, path);
      return [name, checkedType(name, type, pathOf(path, name))] as const;
    });
    return Object.fromEntries(fields);
  },
};

function checkName(name: string, path: string): void {
  if (!isFieldName(name)) {
    const wanted =
      'an object whose names have only letters, digits and "_" and begin with no digit';
    throw outOfRange(path, wanted, name);
  }
  if (Object.hasOwn(SERVER_FIELDS, name)) {
    const wanted = `without the field ${name}, which every HTTP metric has`;
    throw outOfRange(path, wanted, name);
  }
}

function checkedType(name: string, given: unknown, path: string): 'string' | 'int' | 'bool' {
  const type = fieldType.check(given, path);
  if (name === METHOD && type !== 'string') {
    throw outOfRange(path, "'string', since the library fills this field", type);
  }
  return type;
}

/** Checks that `fieldValues` is given where fields need it, and only there. */
export function checkFieldValues(
  { fields, fieldValues }: { fields: FieldDeclarations; fieldValues: HttpFieldValues | undefined },
  path: string,
): void {
  const filled = Object.keys(fields).filter(name => name !== METHOD);
  const option = pathOf(path, 'fieldValues');
  if (filled.length > 0 && !fieldValues) {
    const wanted = `a function that returns ${filled.join(', ')}, as ${pathOf(path, 'fields')} says`;
    throw wrongType(option, wanted, fieldValues);
  }
  if (filled.length === 0 && fieldValues) {
    const wanted = `left out, since ${pathOf(path, 'fields')} has no field for it`;
    throw outOfRange(option, wanted, fieldValues);
  }
}
