/** File faults: what the system says of a file, as one clear error. */

import { ConfigError } from "@tidemark/connector";

const MEANINGS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "does not exist"],
  ["ENOTDIR", "has something in its path that is not a directory"],
  ["EISDIR", "is a directory, not a file"],
  ["EPIPED", "is a named pipe, not a regular file"],
  ["EDEVICE", "is a device, not a regular file"],
  // What opening a socket answers, or a pipe that nobody reads.
  ["ENXIO", "is not a regular file"],
  ["EACCES", "may not be opened: permission denied"],
  ["EPERM", "may not be opened: permission denied"],
  ["ELOOP", "has too many symbolic links in its path"],
  ["ENAMETOOLONG", "has a path that is too long"],
  ["EROFS", "is on a read-only file system"],
]);

/** The system's code of a fault, like `ENOENT`. */
export function faultCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** One sentence on a file and what is wrong with it. */
export function faultMessage(path: string, error: unknown): string {
  const code = faultCode(error);
  const meaning = code === undefined ? undefined : MEANINGS.get(code);
  return `file '${path}' ${meaning ?? `can't be used${code === undefined ? "" : ` (${code})`}`}`;
}

/** The error for a path in a configuration that can't be used. */
export function pathError(path: string, error: unknown): ConfigError {
  return new ConfigError("transport.config.path", faultMessage(path, error), "invalid", {
    cause: error,
  });
}
