/** Measures once, and tells the number. */
export type Measure = () => number | Promise<number>;

/**
 * Measures several subjects in turn, round after round, each time beginning with another one: what else the
 * machine does meets all of them alike. The numbers of a round belong together.
 */
export async function alternated<Name extends string>(
  subjects: Readonly<Record<Name, Measure>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(subjects) as Name[];
  const measured = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(round + i) % names.length]!;
      measured[name].push(await subjects[name]());
    }
  }
  return measured;
}
