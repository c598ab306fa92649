/** One server's process: how it is started, watched, halted and ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { guardProcess, releaseProcess } from "./guard.ts";
import { haltTree, isHalted, killTree, signalProcess } from "./process-tree.ts";
import { type User } from "./unprivileged.ts";

const PACE_MS = 20;
const LOG_TAIL = 2000;

/** What to run, and where. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** Takes what the program writes, after what is in it already. */
  readonly logFile: string;
  readonly user?: User | undefined;
  /** Nothing of our own environment is handed on but this. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A log file, and how long it was when this process began. */
interface LogPlace {
  readonly file: string;
  readonly start: number;
}

/** A server's process, guarded from its first moment. */
export class ServerProcess {
  readonly pid: number;
  readonly #logFile: string;
  readonly #logStart: number;
  readonly #ended: Promise<void>;
  #running = true;
  #halted: readonly number[] = [];

  private constructor(pid: number, child: ChildProcess, log: LogPlace) {
    this.pid = pid;
    this.#logFile = log.file;
    this.#logStart = log.start;
    guardProcess(pid);
    this.#ended = new Promise((resolve) => {
      child.once("exit", () => {
        this.#running = false;
        releaseProcess(pid);
        resolve();
      });
    });
  }

  /** Starts it; throws if the program can't be run at all. */
  static start(launch: Launch): ServerProcess {
    const log = openSync(launch.logFile, "a");
    const start = fstatSync(log).size;
    try {
      const child = spawn(launch.command, launch.args, {
        cwd: launch.folder,
        env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C", TZ: "UTC", ...launch.env },
        stdio: ["ignore", log, log],
        // A group of its own, so that Ctrl-C reaches the tests and not the systems below them.
        detached: true,
        ...launch.user,
      });
      child.on("error", () => undefined);
      if (child.pid === undefined) throw new Error(`${launch.command} can't be run`);
      return new ServerProcess(child.pid, child, { file: launch.logFile, start });
    } finally {
      closeSync(log);
    }
  }

  /** False once it has ended, by whatever. */
  get running(): boolean {
    return this.#running;
  }

  /** True while it and everything it has started stand still. */
  get halted(): boolean {
    return this.#halted.length > 0 && this.#halted.every(isHalted);
  }

  /** What it wrote so far, and nothing of those who ran before it. */
  log(): string {
    return readFileSync(this.#logFile).subarray(this.#logStart).toString();
  }

  /** Resolves when `ready` holds; rejects with the end of the log if the server ends before. */
  async until(ready: () => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      if (!this.#running) throw new Error(`ended: ${this.log().trimEnd().slice(-LOG_TAIL)}`);
      if (await ready()) return;
      await sleep(PACE_MS);
    }
  }

  /** Asks it to end, and resolves when it has. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    this.resume();
    signalProcess(this.pid, signal);
    await this.#ended;
  }

  /** Ends it with everything it has started, as a power cut does; resolves when all are gone. */
  async kill(): Promise<void> {
    if (this.#running) await killTree(this.pid);
    await this.#ended;
  }

  /** Halts it with everything it has started: connections stay open, and nothing answers.
   *  Resolves when all stand still. */
  async pause(): Promise<void> {
    this.#halted = await haltTree(this.pid);
  }

  /** Lets it go on after `pause`. */
  resume(): void {
    // The one that starts the others goes on last, and finds them as they were.
    for (const member of this.#halted.toReversed()) signalProcess(member, "SIGCONT");
    this.#halted = [];
  }
}
