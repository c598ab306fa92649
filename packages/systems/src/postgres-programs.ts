/** PostgreSQL's own programs, wherever the machine has them. */
import { existsSync, globSync } from "node:fs";
import { delimiter, join } from "node:path";

import { type Found } from "./requirement.ts";

/** A program that only the server's package brings, so that its folder has all of them. */
const WITNESS = "initdb";

const MISSING =
  "PostgreSQL is not installed: nothing in /usr/lib/postgresql/*/bin or PATH has initdb; " +
  "on Debian: apt-get install postgresql; or name a running server in TIDEMARK_POSTGRES";

/** The folder with the newest version's programs. */
export function findPostgresPrograms(): Found<string> {
  const debian = globSync("/usr/lib/postgresql/*/bin").toSorted((a, b) => version(b) - version(a));
  const path = (process.env["PATH"] ?? "").split(delimiter);
  const folder = [...debian, ...path].find((each) => existsSync(join(each, WITNESS)));
  return folder === undefined
    ? { kind: "missing", why: MISSING }
    : { kind: "found", value: folder };
}

function version(folder: string): number {
  return Number(folder.split("/").at(-2));
}
