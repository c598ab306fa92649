/** Sealers for tests: one that tells altered bodies apart without being secure, and one that takes any seal. */

import { type Sealer } from "../token.ts";

/** Holds keys 1 and 2; key 2 is current. */
export const toySealer: Sealer = {
  currentKeyId: 2,
  mac: (keyId, body) => (keyId === 1 || keyId === 2 ? checksum(keyId, body) : undefined),
};

/** Seals under every key with zeros, so that every body has the right seal. */
export const openSealer: Sealer = { currentKeyId: 7, mac: () => new Uint8Array(16) };

function checksum(keyId: number, body: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, lane) => {
    let hash = 0x811c9dc5 ^ (keyId * 31 + lane);
    for (const byte of body) hash = Math.imul(hash ^ byte, 0x01000193);
    return (hash >>> 11) & 0xff;
  });
}
