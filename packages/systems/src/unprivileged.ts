/** Whom servers run as that refuse to be run by root. */
import { spawnSync } from "node:child_process";
import { chownSync } from "node:fs";

/** A user and its first group, by number. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** `undefined` if we aren't root and everything runs as ourselves; throws if root finds nobody else. */
export function unprivileged(names: readonly string[]): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = names.map(lookUp).find((found) => found !== undefined);
  if (user === undefined) throw new Error(`root needs one of these users: ${names.join(", ")}`);
  return user;
}

/** Gives a file or an empty folder to whom it is to be used by. */
export function giveTo(path: string, user: User | undefined): void {
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}

function lookUp(name: string): User | undefined {
  const [uid, gid] = ["-u", "-g"].map((flag) => {
    const { status, stdout } = spawnSync("id", [flag, name], { encoding: "utf8" });
    return status === 0 ? Number(stdout) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}
