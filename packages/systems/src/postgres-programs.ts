/** PostgreSQL's own programs, wherever the machine has them. */
import { existsSync, globSync } from "node:fs";
import { delimiter, join } from "node:path";

import { type Found } from "./requirement.ts";

/** A program that only the server's package brings, so that its folder has all of them. */
const WITNESS = "initdb";

/** One folder a version, outside of the path: Debian's, and Homebrew's on either kind of Mac. */
const PLACES = [
  "/usr/lib/postgresql/*/bin",
  "/opt/homebrew/opt/postgresql@*/bin",
  "/usr/local/opt/postgresql@*/bin",
];

const MISSING =
  "PostgreSQL is not installed: nothing in /usr/lib/postgresql/*/bin or PATH has initdb; " +
  "on Debian: apt-get install postgresql; or name a running server in TIDEMARK_POSTGRES";

/** The folder with the newest version's programs. */
export function findPostgresPrograms(): Found<string> {
  const installed = globSync(PLACES).toSorted((a, b) => version(b) - version(a));
  const path = (process.env["PATH"] ?? "").split(delimiter);
  const folder = [...installed, ...path].find((each) => existsSync(join(each, WITNESS)));
  return folder === undefined
    ? { kind: "missing", why: MISSING }
    : { kind: "found", value: folder };
}

function version(folder: string): number {
  return Number(/\d+/.exec(folder.split("/").at(-2) ?? "")?.[0]);
}
