/** Replication streams: a connection over which the server sends a slot's changes as they are committed. */

import { type Clock } from "@tidemark/connector";
import { type Offset, offset } from "@tidemark/core";
import { Client, type Connection, escapeIdentifier, escapeLiteral, type Submittable } from "pg";

import { pinSettings } from "./pinned-settings.ts";
import { parseMessage, type WireMessage } from "./pgoutput.ts";
import { replicationTarget, type Target, withoutSecrets } from "./target.ts";

/** What the server sends. */
export type Sent =
  | { readonly kind: "message"; readonly message: WireMessage }
  /** All that was committed below this was sent before. */
  | { readonly kind: "reached"; readonly end: Offset };

/** Which server answers. */
export interface Identity {
  readonly systemIdentifier: string;
  readonly timeline: number;
}

/** More than this waits in the socket, and then with the server. */
const MOST_WAITING_BYTES = 8_000_000;
/** The server gives a client up that says nothing for a minute, and answers each time that it is asked to. */
const STATUS_MS = 10_000;
/** So often it may leave that unanswered. */
const MOST_UNANSWERED = 3;
const CONNECT_MS = 5000;
/** Seconds from 1970 to 2000, where PostgreSQL's clock begins. */
const EPOCH_S = 946_684_800;

/** Reads one slot; it is told that something is safe by `confirm`, and by nothing else. */
export class ReplicationStream implements AsyncDisposable {
  readonly identity: Identity;
  readonly #target: Target;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #connection: Connection | undefined;
  #waiting: Sent[] = [];
  #waitingBytes = 0;
  #fault: Error | undefined;
  #wake: (() => void) | undefined;
  #safe: bigint;
  #unanswered = 0;

  private constructor(
    parts: { readonly target: Target; readonly client: Client; readonly clock: Clock },
    identity: Identity,
    safe: bigint,
  ) {
    this.#target = parts.target;
    this.#client = parts.client;
    this.#clock = parts.clock;
    this.identity = identity;
    this.#safe = safe;
  }

  /** Connects; nothing is sent before `start`. */
  static async open(target: Target, clock: Clock, safe: bigint): Promise<ReplicationStream> {
    const client = new Client({
      ...replicationTarget(target),
      application_name: "tidemark cdc",
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
    });
    let stream: ReplicationStream | undefined;
    client.on("error", (error) => stream?.fail(error));
    client.on("end", () => stream?.fail(new Error("the server has closed the connection")));
    try {
      await client.connect();
      await pinSettings(client);
      const { rows } = await client.query<Readonly<Record<string, unknown>>>("IDENTIFY_SYSTEM");
      const identity = {
        systemIdentifier: String(rows[0]?.["systemid"]),
        timeline: Number(rows[0]?.["timeline"]),
      };
      stream = new ReplicationStream({ target, client, clock }, identity, safe);
      return stream;
    } catch (error) {
      client.end().catch(() => undefined);
      throw withoutSecrets(error, target);
    }
  }

  /** Has the server send what the slot was not told to be safe. */
  start(slot: string, publication: string): void {
    const names = escapeLiteral(escapeIdentifier(publication));
    const text = `START_REPLICATION SLOT ${escapeIdentifier(slot)} LOGICAL 0/0 (proto_version '1', publication_names ${names})`;
    const query: Submittable & Record<string, unknown> = {
      submit: (connection: Connection) => {
        this.#connection = connection;
        connection.query(text);
      },
      handleCopyData: ({ chunk }: { readonly chunk: Buffer }) => this.#take(chunk),
      handleError: (error: Error) => this.fail(error),
      handleCommandComplete: () => undefined,
      handleReadyForQuery: () => this.fail(new Error("the server has stopped sending")),
    };
    this.#client.query(query);
    void this.#keepTelling();
  }

  /** Tells the server that a commit of ours holds everything before. */
  confirm(safe: bigint): void {
    if (safe <= this.#safe) return;
    this.#safe = safe;
    this.#tell();
  }

  /** All that was sent and not taken yet, at least something; rejects once the connection is gone. */
  async take({ signal }: { readonly signal: AbortSignal }): Promise<readonly Sent[]> {
    const wake = (): void => this.#wake?.();
    signal.addEventListener("abort", wake, { once: true });
    try {
      while (this.#waiting.length === 0) {
        signal.throwIfAborted();
        if (this.#fault !== undefined) throw withoutSecrets(this.#fault, this.#target);
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
    return this.takeNow();
  }

  /** What was sent and not taken yet, also nothing. */
  takeNow(): readonly Sent[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#connection?.stream.resume();
    return taken;
  }

  /** Ends it for whoever takes from it. */
  fail(error: Error): void {
    this.#fault ??= error;
    this.#wake?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("the stream is closed"));
    this.fail(new Error("the stream is closed"));
    // It says no goodbye while it is sending, and a server that doesn't answer says none at all.
    this.#connection?.stream.destroy();
    this.#client.end().catch(() => undefined);
  }

  #take(chunk: Buffer): void {
    this.#unanswered = 0;
    try {
      const sent = this.#read(chunk);
      // Of how far all was sent, only the last counts; nobody may take anything for long.
      if (sent.kind === "reached" && this.#waiting.at(-1)?.kind === "reached") this.#waiting.pop();
      this.#waiting.push(sent);
      if (sent.kind === "message") this.#waitingBytes += chunk.length;
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
    if (this.#waitingBytes > MOST_WAITING_BYTES) this.#connection?.stream.pause();
    this.#wake?.();
  }

  #read(chunk: Buffer): Sent {
    const kind = String.fromCodePoint(chunk.readUInt8(0));
    if (kind === "w") return { kind: "message", message: parseMessage(chunk.subarray(25)) };
    if (kind !== "k") throw new TypeError(`the server sent '${kind}', which is no replication`);
    if (chunk.readUInt8(17) === 1) this.#tell();
    return { kind: "reached", end: offset(chunk.readBigUInt64BE(1)) };
  }

  async #keepTelling(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#clock.sleep(STATUS_MS, { signal }).catch(() => undefined);
      if (this.#unanswered >= MOST_UNANSWERED) {
        this.fail(new Error(`PostgreSQL at ${this.#target.shown} does not answer any more`));
      }
      if (this.#waitingBytes <= MOST_WAITING_BYTES) this.#unanswered += 1;
      this.#tell({ ask: true });
    }
  }

  /** A status: what was written, flushed and applied is all what is safe. */
  #tell({ ask = false } = {}): void {
    const stream = this.#connection?.stream;
    if (stream === undefined || stream.destroyed || this.#fault !== undefined) return;
    const frame = Buffer.alloc(5 + 34);
    frame.write("d", 0);
    frame.writeUInt32BE(4 + 34, 1);
    frame.write("r", 5);
    for (const at of [6, 14, 22]) frame.writeBigUInt64BE(this.#safe, at);
    frame.writeBigInt64BE(BigInt(this.#clock.wallMs() - EPOCH_S * 1000) * 1000n, 30);
    frame.writeUInt8(ask ? 1 : 0, 38);
    stream.write(frame);
  }
}
