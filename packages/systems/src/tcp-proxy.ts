/** A network between a client and a server that can be cut, refused, slowed down and silenced. */
import { once } from "node:events";
import { createServer, connect, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { freePort } from "./free-port.ts";

const HOST = "127.0.0.1";

/** Forwards connections to a port of the loopback address; disposal closes all of them. */
export class TcpProxy implements AsyncDisposable {
  readonly host: string = HOST;
  /** Where clients connect; the same for the proxy's whole life. */
  readonly port: number;
  #targetPort: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #delayMs = 0;
  #silence: PromiseWithResolvers<void> | undefined;

  private constructor(port: number, targetPort: number) {
    this.port = port;
    this.#targetPort = targetPort;
  }

  /** A proxy that lets everything pass. Nothing needs to listen on the target yet. */
  static async open(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(await freePort(), targetPort);
    await proxy.#listen();
    return proxy;
  }

  /** How many clients are connected now. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** Resets all connections; new ones pass. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  /** Resets all connections and refuses new ones. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server === undefined ? undefined : once(server, "close");
    server?.close();
    this.cut();
    await closed;
  }

  /** Leads new connections to another port; those that are open stay. */
  redirect(targetPort: number): void {
    this.#targetPort = targetPort;
  }

  /** Holds everything back, in both directions; connections are taken and stay open. */
  silence(): void {
    this.#silence ??= Promise.withResolvers();
  }

  /** Lets every piece of data wait before it passes, in both directions. */
  delay(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Ends refusal, silence and delay; what was held back passes now. */
  async heal(): Promise<void> {
    this.#delayMs = 0;
    this.#silence?.resolve();
    this.#silence = undefined;
    if (this.#server === undefined) await this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#silence?.resolve();
    await this.refuse();
  }

  async #listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#forward(client));
    this.#server = server;
    server.listen(this.port, HOST);
    await once(server, "listening");
  }

  #forward(client: Socket): void {
    const upstream = connect({ host: HOST, port: this.#targetPort, allowHalfOpen: true });
    const pair = [client, upstream];
    for (const socket of pair) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      // Whatever ends one side ends both; the error is for the ends to see.
      socket.on("error", () => undefined);
      socket.once("close", () => {
        for (const each of pair) {
          this.#sockets.delete(each);
          each.destroy();
        }
      });
    }
    void this.#pass(client, upstream);
    void this.#pass(upstream, client);
  }

  async #pass(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from) {
        if (this.#delayMs > 0) await sleep(this.#delayMs, undefined, { ref: false });
        await this.#silence?.promise;
        if (!to.write(chunk)) await Promise.race([once(to, "drain"), once(to, "close")]);
      }
      to.end();
    } catch {
      to.destroy();
    }
  }
}
