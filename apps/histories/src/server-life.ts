/** Our server as a process that dies and comes back on the same data. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("serve-main.ts", import.meta.url));

/** One data folder, and the process that serves it from time to time. */
export class ServerLife implements AsyncDisposable {
  /** What tests write goes here as well. */
  readonly folder: string;
  #child: ChildProcess | undefined;
  #url: string | undefined;
  #lives = 0;
  #deaths = 0;
  #stderr = "";

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** A running server with an empty folder. */
  static async begin(): Promise<ServerLife> {
    const server = new ServerLife(await mkdtemp(join(tmpdir(), "tidemark-histories-")));
    await server.start();
    return server;
  }

  /** Where it listens, such as `http://127.0.0.1:41234`: elsewhere in every life; undefined while it is dead. */
  get url(): string | undefined {
    return this.#url;
  }

  /** How often it was killed; counted before it is. */
  get deaths(): number {
    return this.#deaths;
  }

  /** How often it was started. */
  get lives(): number {
    return this.#lives;
  }

  /** Resolves once it serves. */
  async start(): Promise<void> {
    if (this.#child !== undefined) throw new Error("the server runs already");
    const flags = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--log-level", "error"];
    const args = ["--conditions=@tidemark/source", MAIN, ...flags];
    const child = spawn(process.execPath, [...args, "--data-dir", join(this.folder, "data")], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    this.#lives += 1;
    this.#stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    const serving = Promise.withResolvers<string>();
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const url = /^serving .* on (http:[^\s,]+)/mu.exec(said)?.[1];
      if (url !== undefined) serving.resolve(url);
    });
    child.once("close", () => serving.reject(new Error(`the server ended: ${this.#stderr}`)));
    this.#url = await serving.promise;
  }

  /** Ends it at once, as a power cut does. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#deaths += 1;
    this.#child = undefined;
    this.#url = undefined;
    if (child === undefined) return;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the server had ended by itself: ${this.#stderr}`);
    }
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
