import type { Bucketer } from '../../metrics/bucketer.js';
import type { Distribution } from '../../metrics/distribution.js';
import { BackwardWriter } from './backward-writer.js';
import { NOTHING, type Piece } from './piece.js';

/** Writes distributions as `Distribution`. */
export class DistributionWriter {
  private lastBucketer: Bucketer | undefined;
  private bucketerPiece: Piece = NOTHING;

  constructor(private readonly writer: BackwardWriter) {}

  write(distribution: Distribution): void {
    const { writer } = this;
    const { bucketer, count, mean } = distribution;
    const before = writer.length;
    this.writeCounts(distribution);
    if (bucketer !== this.lastBucketer) {
      this.lastBucketer = bucketer;
      this.bucketerPiece = encodedBucketer(bucketer);
    }
    writer.piece(this.bucketerPiece);
    if (mean !== undefined) {
      writer.double(mean);
      writer.byte(0x11); // mean
    }
    writer.varint(count);
    writer.byte(0x08); // count
    writer.delimit(5, before); // distribution_value
  }

  private writeCounts({ usedWindow: { first, counts } }: Distribution): void {
    const { writer } = this;
    const before = writer.length;
    for (let i = counts.length - 1; i >= 0; i--) {
      writer.varint(counts[i]!);
    }
    if (counts.length > 0) {
      writer.zeros(first);
      writer.delimit(9, before); // bucket_count
    }
  }
}

function encodedBucketer({ finiteBuckets, growth, scale, width }: Bucketer): Piece {
  const writer = new BackwardWriter(64);
  const isLinear = width !== 0;
  writer.double(isLinear ? 0 : scale);
  writer.byte(0x19); // offset, or scale
  writer.double(isLinear ? width : growth);
  writer.byte(0x11); // width, or growth_factor
  writer.varint(finiteBuckets);
  writer.byte(0x08); // num_finite_buckets
  writer.delimit(isLinear ? 6 : 7, 0); // linear_buckets, or exponential_buckets
  return writer.pieceOf();
}
