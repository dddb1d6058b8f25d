import { randomLife, type RandomBackend, type Surroundings } from './random-life.js';

/** Lives so many random lives. Returns what was not as it should be, with the seed of its life. */
export async function faultsInLives(
  count: number,
  connect: (surroundings: Surroundings) => RandomBackend,
): Promise<string[]> {
  const found: string[] = [];
  let withExcess = 0;
  let exact = 0;
  let sure = 0;
  for (let seed = 0; seed < count; seed++) {
    const { faults, excess, unknownSends, sureRejections } = await randomLife(seed, connect);
    found.push(...faults.map(fault => `seed ${seed}: ${fault}`));
    withExcess += excess > 0 ? 1 : 0;
    exact += unknownSends === 0 ? 1 : 0;
    sure += sureRejections;
  }
  // It would be safe, and of no use, to call every outcome unknown.
  if (withExcess < count / 10 || exact < count / 100 || sure < count) {
    found.push(
      `of ${count} lives ${withExcess} had something twice, and ${exact} no unknown send; ${sure} rejections were sure`,
    );
  }
  return found;
}
