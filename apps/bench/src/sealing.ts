/** Minting and checking tokens, against the bare HMAC that they need. */

import { createHmac, createSecretKey, randomBytes } from "node:crypto";

import { type Board, decodeToken, encodeToken, type Sealer } from "@tidemark/core";

import { boardAt, claimTo } from "./measured-board.ts";
import { count, type Row, sideBySide } from "./row.ts";

const key = createSecretKey(randomBytes(32));
const sealer: Sealer = {
  currentKeyId: 0,
  mac: (_keyId, body) => createHmac("sha256", key).update(body).digest().subarray(0, 16),
};
const pipeline = "01890a5d-ac96-774b-bcce-b302099a8057";
const ITERATIONS = 60_000;

/** Mint and check a second, against two bare HMACs a pair; and checking with few and many tokens out. */
export async function measureSealing(): Promise<readonly Row[]> {
  const board = boardAt(10_000_000n);
  const both = await sideBySide(
    5,
    async () => perSecond((i) => checkText(board, mint(BigInt(i)))),
    async () => perSecond((i) => bareMac(i)),
  );
  return [
    {
      name: "core: mint and check a token",
      ours: `${count(both.ours)}/s`,
      reference: `${count(both.reference)}/s (two bare HMAC-SHA-256)`,
      ratio: both.reference / both.ours,
      aim: "report",
    },
    await measureOutstanding(board),
  ];
}

async function measureOutstanding(board: Board): Promise<Row> {
  const many: string[] = [];
  for (let i = 0; i < 1_000_000; i += 1) many.push(mint(BigInt(i)));
  const one = mint(5n);
  const both = await sideBySide(
    5,
    async () => perSecond((i) => checkText(board, many[(i * 7919) % many.length] ?? one)),
    async () => perSecond(() => checkText(board, one)),
  );
  return {
    name: "core: check with 1,000,000 tokens out",
    ours: `${count(both.ours)}/s`,
    reference: `${count(both.reference)}/s (1 token out)`,
    ratio: both.reference / both.ours,
    aim: "1.0, but for cache misses",
  };
}

function mint(offset: bigint): string {
  return encodeToken({ pipeline, claims: [claimTo(offset)] }, sealer);
}

function checkText(board: Board, text: string): void {
  const decoded = decodeToken(text, sealer);
  if (decoded.kind !== "token" || board.judge(decoded.token.claims).kind !== "complete") {
    throw new Error("a minted token does not check");
  }
}

const body = randomBytes(64);
function bareMac(i: number): void {
  body.writeUInt32LE(i, 0);
  createHmac("sha256", key).update(body).digest();
  createHmac("sha256", key).update(body).digest();
}

function perSecond(work: (i: number) => void): number {
  const began = performance.now();
  for (let i = 0; i < ITERATIONS; i += 1) work(i);
  return ITERATIONS / ((performance.now() - began) / 1000);
}
