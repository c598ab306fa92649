/** A gate before a broker that knows Kafka's requests, and fails at the very one that it is told. */

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

import { type KafkaBroker } from "@tidemark/systems";

/** Requests of a transaction, by their keys in the protocol. */
const KEYS = {
  AddPartitionsToTxn: 24,
  Produce: 0,
  AddOffsetsToTxn: 25,
  TxnOffsetCommit: 28,
  EndTxn: 26,
  DescribeTransactions: 65,
} as const;

const LENGTH_BYTES = 4;

/** Where the gate closes: before a request reaches the broker, or between it and its answer. */
export interface Closing {
  readonly request: keyof typeof KEYS;
  readonly side: "before" | "after";
  /** Called as it closes; what it answers says whether new connections pass. */
  readonly met: () => "cut" | "shut";
}

/** Takes the place of a broker's proxy, so that clients that began there stay behind it. */
export class RequestGate implements AsyncDisposable {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #closing: Closing | undefined;
  #isShut = false;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#forward(client));
  }

  /** Opens one; the broker's own proxy passes nothing any more. */
  static async before({ proxy, ports }: KafkaBroker): Promise<RequestGate> {
    await proxy.refuse();
    const gate = new RequestGate(ports.proxied);
    gate.#server.listen(proxy.port, proxy.host);
    await once(gate.#server, "listening");
    return gate;
  }

  /** Closes once, at the next request of the kind. */
  closeAt(closing: Closing): void {
    this.#closing = closing;
  }

  /** Lets everything pass. */
  open(): void {
    this.#isShut = false;
    this.#closing = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#drop();
    this.#server.close();
    await once(this.#server, "close");
  }

  #forward(client: Socket): void {
    this.#sockets.add(client);
    client.on("error", () => undefined);
    if (this.#isShut) {
      client.resetAndDestroy();
      return;
    }
    const broker = connect({ host: "127.0.0.1", port: this.#target });
    this.#sockets.add(broker);
    broker.on("error", () => undefined);
    broker.on("close", () => client.destroy());
    client.on("close", () => broker.destroy());
    const frames = new Frames();
    let isLast = false;
    client.on("data", (chunk: Buffer) => {
      for (const frame of frames.take(chunk)) {
        if (isLast) return;
        if (this.#closing !== undefined && keyOf(frame) === KEYS[this.#closing.request]) {
          if (this.#closing.side === "before") {
            this.#close(this.#closing);
            return;
          }
          isLast = true;
        }
        broker.write(frame);
      }
    });
    const answers = new Frames();
    broker.on("data", (chunk: Buffer) => {
      for (const frame of answers.take(chunk)) {
        if (isLast && this.#closing !== undefined) this.#close(this.#closing);
        else client.write(frame);
      }
    });
  }

  #close({ met }: Closing): void {
    this.#closing = undefined;
    this.#isShut = met() === "shut";
    this.#drop();
  }

  #drop(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }
}

/** Puts a stream's pieces together again: each request and answer begins with its length. */
class Frames {
  #rest: Buffer = Buffer.alloc(0);

  *take(chunk: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) return;
      const frame = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      yield frame;
    }
  }
}

function keyOf(request: Buffer): number {
  return request.readInt16BE(LENGTH_BYTES);
}
