import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import protobuf from 'protobufjs';

const { resolve } = createRequire(import.meta.url);
const DURATION = /^\d+(\.\d+)?s$/;

/** The published schema of an API: what JSON has to be like, by the mapping of Protocol Buffers to JSON. */
export class ProtoSchema {
  private readonly root: protobuf.Root;

  /** @param packageName a package of Google that has the protos of its API. */
  constructor(packageName: string) {
    const file = resolve(`${packageName}/build/protos/protos.json`);
    this.root = protobuf.Root.fromJSON(JSON.parse(readFileSync(file, 'utf8')) as object);
    this.root.resolveAll();
  }

  /** Returns what of an object the schema of a message does not allow. */
  problems(messageName: string, given: unknown): string[] {
    return messageProblems(this.root.lookupType(messageName), given, '');
  }
}

function messageProblems(type: protobuf.Type, given: unknown, path: string): string[] {
  if (type.fullName === '.google.protobuf.Duration') {
    return typeof given === 'string' && DURATION.test(given) ? [] : [`${path} is no duration`];
  }
  if (type.fullName === '.google.protobuf.BoolValue') {
    return typeof given === 'boolean' ? [] : [`${path} is no boolean`];
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return [`${path} is no object`];
  }
  const oneofs = type.oneofsArray
    .map(({ name, oneof }) => ({ name, set: oneof.filter(field => field in given) }))
    .filter(({ set }) => set.length > 1)
    .map(({ name, set }) => `${path}.${name} has ${set.join(' and ')}`);
  return [
    ...oneofs,
    ...Object.entries(given).flatMap(([name, value]) => {
      const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
      return field
        ? fieldProblems(field, value, `${path}.${name}`)
        : [`${path}.${name} is unknown`];
    }),
  ];
}

function fieldProblems(field: protobuf.Field, given: unknown, path: string): string[] {
  if (field.repeated) {
    return Array.isArray(given)
      ? given.flatMap((each, i) => valueProblems(field, each, `${path}[${i}]`))
      : [`${path} is no list`];
  }
  return valueProblems(field, given, path);
}

function valueProblems(field: protobuf.Field, given: unknown, path: string): string[] {
  const { resolvedType, type } = field;
  if (resolvedType instanceof protobuf.Enum) {
    return Object.hasOwn(resolvedType.values, String(given)) ? [] : [`${path} is ${String(given)}`];
  }
  if (resolvedType instanceof protobuf.Type) {
    return messageProblems(resolvedType, given, path);
  }
  const wanted = type === 'string' ? 'string' : type === 'bool' ? 'boolean' : 'number';
  return typeof given === wanted ? [] : [`${path} is no ${wanted}`];
}
