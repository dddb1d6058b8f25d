/** Says what is wrong with a value, or nothing. */
export type Shape = (value: unknown, path: string) => readonly string[];

type Shapes = Readonly<Record<string, Shape>>;

/** A text that matches as a whole. */
export function text(pattern: RegExp): Shape {
  return (value, path) =>
    typeof value === 'string' && new RegExp(`^(?:${pattern.source})$`).test(value)
      ? []
      : [`${path} is ${JSON.stringify(value)}, and must match ${pattern}`];
}

export function integer(least: number, greatest: number): Shape {
  return (value, path) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= greatest
      ? []
      : [
          `${path} is ${JSON.stringify(value)}, and must be an integer from ${least} to ${greatest}`,
        ];
}

export function exactly(...values: readonly unknown[]): Shape {
  return (value, path) =>
    values.includes(value)
      ? []
      : [`${path} is ${JSON.stringify(value)}, and must be one of ${JSON.stringify(values)}`];
}

export function listOf(shape: Shape, least = 1): Shape {
  return (value, path) =>
    Array.isArray(value) && value.length >= least
      ? value.flatMap((one, i) => shape(one, `${path}[${i}]`))
      : [`${path} must be a list of at least ${least}`];
}

/** An object of names that match. */
export function mapOf(name: RegExp, shape: Shape): Shape {
  return (value, path) =>
    isObject(value)
      ? Object.entries(value).flatMap(([key, one]) =>
          text(name)(key, `a name in ${path}`).concat(shape(one, `${path}.${key}`)),
        )
      : [`${path} must be an object`];
}

/** An object that has all of the first, may have the second, and nothing else. */
export function object(required: Shapes, optional: Shapes = {}): Shape {
  return (value, path) => {
    if (!isObject(value)) {
      return [`${path} must be an object`];
    }
    const shapes: Shapes = { ...required, ...optional };
    const missing = Object.keys(required).filter(name => !(name in value));
    return [
      ...missing.map(name => `${path}.${name} is missing`),
      ...Object.entries(value).flatMap(([name, one]) =>
        Object.hasOwn(shapes, name)
          ? shapes[name]!(one, `${path}.${name}`)
          : [`${path}.${name} is not known`],
      ),
    ];
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
