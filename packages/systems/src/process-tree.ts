/** A process and what it has started, which signals have to reach too. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const PACE_MS = 2;

/** Sends a signal; false if there is no such process. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/**
 * Halts a process and everything below it, and answers all of them. A process is looked up for
 * children only once it stands still, so that it has no more afterwards.
 */
export async function haltTree(pid: number): Promise<readonly number[]> {
  signalProcess(pid, "SIGSTOP");
  while (!isHalted(pid) && isRunning(pid)) await sleep(PACE_MS);
  const below = await Promise.all(childrenOf(pid).map(haltTree));
  return [pid, ...below.flat()];
}

/** Kills a process and everything below it; resolves when none of them is left. */
export async function killTree(pid: number): Promise<void> {
  const members = await haltTree(pid);
  for (const member of members) signalProcess(member, "SIGKILL");
  while (members.some(isRunning)) await sleep(PACE_MS);
}

/** True while a process is stopped by a signal, and does nothing at all. */
export function isHalted(pid: number): boolean {
  return stateOf(pid).startsWith("T");
}

/** True while a process lives; one that has ended and waits to be collected doesn't. */
export function isRunning(pid: number): boolean {
  return !["", "Z", "X"].includes(stateOf(pid).charAt(0));
}

/** The system's letter for the state of a process (`S` sleeping, `T` halted, `Z` ended …), empty if there is none. */
function stateOf(pid: number): string {
  if (process.platform !== "linux") return output("ps", ["-o", "state=", "-p", String(pid)]);
  const status = contents(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything, so the state is what follows the last of them.
  return status.slice(status.lastIndexOf(")") + 2, status.lastIndexOf(")") + 3);
}

function childrenOf(pid: number): readonly number[] {
  const text =
    process.platform === "linux"
      ? contents(`/proc/${pid}/task/${pid}/children`)
      : output("pgrep", ["-P", String(pid)]);
  return text.split(/\s+/).filter(Boolean).map(Number);
}

function output(command: string, args: readonly string[]): string {
  return spawnSync(command, args, { encoding: "utf8" }).stdout.trim();
}

function contents(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
