/** Compression of answers that are long enough, for clients that take it. */

import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import { type Middleware } from "koa";

/** A shorter one fits into one packet as it is. */
const MINIMUM_BYTES = 1400;

/** Fast rather than small: the other end is mostly near. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const ENCODERS: Readonly<Record<string, (text: string) => Promise<Buffer>>> = {
  br: (text) => promisify(brotliCompress)(text, BROTLI),
  gzip: (text) => promisify(gzip)(text),
};

/** Compresses what is not streamed; a stream is sent as it comes, so that nothing is held back. */
export const compress: Middleware = async (context, next) => {
  await next();
  const { body } = context;
  if (typeof body !== "string" || Buffer.byteLength(body) < MINIMUM_BYTES) return;
  context.vary("Accept-Encoding");
  const encoding = context.acceptsEncodings("gzip", "br", "identity");
  const encode = encoding === false ? undefined : ENCODERS[encoding];
  if (encoding === false || encode === undefined) return;
  context.set("Content-Encoding", encoding);
  context.body = await encode(body);
};
