/** Byte order marks: three bytes that may stand in front of UTF-8 text and are none of it. */

import { type Decoded, type Decoder, type RejectSpan, type Unfinished } from "@tidemark/connector";

/** The mark of UTF-8. */
export const MARK: Buffer = Buffer.from([0xef, 0xbb, 0xbf]);

/** A decoder that answers at once. */
interface PromptDecoder extends Decoder {
  finish(): Decoded;
  unfinished(): Unfinished | undefined;
}

/** A decoder that skips a mark at the beginning of its stream, and of each one after `finish`. */
export function withoutMark(decoder: PromptDecoder): PromptDecoder {
  let skipped = 0n;
  /** The stream's first bytes, while they may be a part of a mark. */
  let held: Buffer | undefined = Buffer.alloc(0);
  const counted = ({ consumedBytes, errors, rejects, ...decoded }: Decoded): Decoded => ({
    ...decoded,
    consumedBytes: consumedBytes === 0n ? 0n : consumedBytes + skipped,
    errors: errors.map(({ byteOffset, ...error }) =>
      byteOffset === undefined ? error : { ...error, byteOffset: byteOffset + skipped },
    ),
    ...(rejects === undefined ? {} : { rejects: rejects.map(moved) }),
  });
  const moved = ({ from, to, ...place }: RejectSpan): RejectSpan => ({
    ...place,
    from: from + skipped,
    to: to + skipped,
  });
  return {
    push: (bytes) => {
      if (held === undefined) return counted(decoder.push(bytes));
      const start = Buffer.concat([held, bytes]);
      const isMark = start.subarray(0, MARK.length).equals(MARK);
      if (!isMark && start.equals(MARK.subarray(0, start.length))) {
        held = start;
        return counted(decoder.push(Buffer.alloc(0)));
      }
      held = undefined;
      if (isMark) skipped += BigInt(MARK.length);
      return counted(decoder.push(isMark ? start.subarray(MARK.length) : start));
    },
    finish: () => {
      if (held !== undefined && held.length > 0) decoder.push(held);
      held = Buffer.alloc(0);
      const decoded = decoder.finish();
      return { ...counted(decoded), consumedBytes: decoded.consumedBytes + skipped };
    },
    unfinished: () => {
      const found = decoder.unfinished();
      return found && { ...found, byteOffset: found.byteOffset + skipped };
    },
  };
}
