/** A PostgreSQL server of our own, and everything that can happen to one. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { freePort } from "./free-port.ts";
import { guardedFolder, removeFolder } from "./guard.ts";
import { databaseAt, type Database, type Row } from "./postgres-database.ts";
import { runToEnd } from "./run-to-end.ts";
import { ServerProcess } from "./server-process.ts";
import { giveTo, unprivileged, type User } from "./unprivileged.ts";

const HOST = "127.0.0.1";
const SUPERUSER = "tidemark";
const PASSWORD = "for-tests-only";
const STANDBY_PACE_MS = 20;

/**
 * What replication needs, and what makes tests quick. Without fsync a commit still survives
 * the death of every process here; only a machine's power cut would take it.
 */
const SETTINGS = {
  listen_addresses: HOST,
  unix_socket_directories: "",
  wal_level: "logical",
  max_wal_senders: "20",
  max_replication_slots: "20",
  max_prepared_transactions: "10",
  shared_buffers: "32MB",
  fsync: "off",
};

/** Where a standby finds its primary, when not directly: the address of a proxy. */
export interface StandbyOptions {
  readonly through?: { readonly port: number };
}

/** A server with its own data folder and port; disposal ends it and removes everything. */
export class PostgresServer implements Database, AsyncDisposable {
  readonly host: string = HOST;
  readonly port: number;
  readonly #programs: string;
  readonly #folder: string;
  readonly #user: User | undefined;
  readonly #standbys: PostgresServer[] = [];
  #process: ServerProcess | undefined;

  private constructor(programs: string, port: number) {
    this.#programs = programs;
    this.port = port;
    this.#user = unprivileged(["postgres", "nobody"]);
    this.#folder = guardedFolder("postgres");
    giveTo(this.#folder, this.#user);
  }

  /** A new, empty, running server. `programs` is the folder of PostgreSQL's own programs. */
  static async create(programs: string): Promise<PostgresServer> {
    const server = new PostgresServer(programs, await freePort());
    await server.#initialise();
    await server.start();
    return server;
  }

  /** Of the database `postgres`, as superuser with password. */
  get url(): string {
    return this.urlAt(this.port);
  }

  /** The same server as seen through another port, such as a proxy's. */
  urlAt(port: number): string {
    return `postgres://${SUPERUSER}:${PASSWORD}@${HOST}:${port}/postgres`;
  }

  query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]> {
    return databaseAt(this.url).query(sql, values);
  }

  /** True while its process lives, paused or not. */
  get running(): boolean {
    return this.#process?.running === true;
  }

  /** What the server wrote into its log, over all its runs. */
  log(): string {
    return readFileSync(this.#logFile, "utf8");
  }

  /** Starts it where it stopped, with other settings if need be; resolves when it takes connections. */
  async start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    if (this.running) throw new Error("this server runs already");
    const started = ServerProcess.start({
      command: join(this.#programs, "postgres"),
      args: ["-D", this.#data, "-p", String(this.port), ...settingArgs(settings)],
      folder: this.#folder,
      logFile: this.#logFile,
      user: this.#user,
    });
    this.#process = started;
    await started.until(() => this.#isReady(started.pid));
  }

  /** Ends it in good order; connections are told and closed. */
  async stop(): Promise<void> {
    await this.#process?.stop("SIGINT");
  }

  /** Ends it and all its sessions at once, as a power cut does; the next start recovers. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** `stop`, then `start` on the same port. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Halts it with all its sessions: connections stay open, and nothing answers. */
  async pause(): Promise<void> {
    await this.#process?.pause();
  }

  /** Lets it go on after `pause`. */
  resume(): void {
    this.#process?.resume();
  }

  /** A running standby that streams from this server, and is disposed with it. */
  async standby({ through }: StandbyOptions = {}): Promise<PostgresServer> {
    const standby = new PostgresServer(this.#programs, await freePort());
    this.#standbys.push(standby);
    const source = this.urlAt(through?.port ?? this.port);
    // A slot of its own, so that the primary keeps what a standby that is cut off still lacks.
    const slot = ["--create-slot", "--slot", `standby_${standby.port}`];
    const mode = ["--checkpoint=fast", "--no-sync", "--write-recovery-conf", "--wal-method=stream"];
    await standby.#run("pg_basebackup", ["-D", standby.#data, "-d", source, ...mode, ...slot]);
    await standby.start();
    return standby;
  }

  /** Makes a standby a server of its own, on a new timeline; resolves when it takes writes. */
  async promote(): Promise<void> {
    const [row] = await this.query("SELECT pg_promote(true, 100) AS done");
    if (row?.["done"] !== true) throw new Error("the standby was not promoted");
  }

  /** Makes a server that was promoted a standby again, which has nobody to follow. */
  async demote(): Promise<void> {
    await this.stop();
    const signal = join(this.#data, "standby.signal");
    writeFileSync(signal, "");
    giveTo(signal, this.#user);
    await this.start();
  }

  /** Gives a standby a slot of its primary as it is there now, as tools for failing over do. */
  async takeSlot(primary: PostgresServer, slot: string): Promise<void> {
    await primary.query("CHECKPOINT");
    await this.stop();
    const folder = join("pg_replslot", slot);
    const own = join(this.#data, folder);
    cpSync(join(primary.#data, folder), own, { recursive: true });
    giveTo(own, this.#user);
    for (const file of readdirSync(own)) giveTo(join(own, file), this.#user);
    await this.start();
  }

  /** Resolves when a standby has replayed what its primary had made durable when this was called. */
  async caughtUpWith(primary: Database): Promise<void> {
    const [head] = await primary.query("SELECT pg_current_wal_flush_lsn()::text AS lsn");
    const sql = "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS done";
    while ((await this.query(sql, [head?.["lsn"]]))[0]?.["done"] !== true) {
      await sleep(STANDBY_PACE_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const standby of this.#standbys) await standby[Symbol.asyncDispose]();
    await this.kill();
    removeFolder(this.#folder);
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  get #logFile(): string {
    return join(this.#folder, "log");
  }

  async #initialise(): Promise<void> {
    const passwordFile = join(this.#folder, "password");
    writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
    giveTo(passwordFile, this.#user);
    const who = ["-U", SUPERUSER, "--pwfile", passwordFile, "-A", "scram-sha-256"];
    const what = ["--no-sync", "--encoding=UTF8", "--locale=C"];
    await this.#run("initdb", ["-D", this.#data, ...who, ...what]);
    rmSync(passwordFile);
  }

  async #run(name: string, args: readonly string[]): Promise<void> {
    const command = join(this.#programs, name);
    await runToEnd({ command, args, folder: this.#folder, user: this.#user });
  }

  /** The server writes its state into a file beside its number, which needs no connection to be read. */
  #isReady(pid: number): boolean {
    const lines = readIfThere(join(this.#data, "postmaster.pid")).split("\n");
    return Number(lines[0]) === pid && ["ready", "standby"].includes(lines[7]?.trim() ?? "");
  }
}

function settingArgs(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
