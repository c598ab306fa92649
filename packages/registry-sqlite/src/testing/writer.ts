/** A process that writes a record again and again, telling each version once it is durable. */

import process from "node:process";

import { openSqliteRegistry } from "../sqlite-registry.ts";
import { aRecord } from "./a-record.ts";

const registry = await openSqliteRegistry(process.argv[2] ?? "");
await registry.insert(aRecord("p", 1));
for (let version = 2; ; version += 1) {
  await registry.replace(aRecord("p", version), version - 1);
  await told(version);
}

async function told(version: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.send?.(version, undefined, undefined, () => resolve());
  await promise;
}
