/** One Kafka broker of a cluster of our own, and everything that can happen to it. */
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { freePort } from "./free-port.ts";
import { javaArguments, type KafkaInstallation } from "./kafka-installation.ts";
import { brokerProperties, type BrokerPorts } from "./kafka-properties.ts";
import { ServerProcess } from "./server-process.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const STARTED = "Kafka Server started";

/** What is decided for a broker before any of its cluster starts. */
export interface BrokerPlan {
  readonly id: number;
  readonly ports: BrokerPorts;
  readonly proxy: TcpProxy;
}

/** Where a broker belongs. */
export interface BrokerCluster {
  readonly installation: KafkaInstallation;
  readonly clusterId: string;
  readonly folder: string;
  readonly plans: readonly BrokerPlan[];
}

/** Finds ports for a broker, and opens the proxy that one of its listeners is advertised through. */
export async function planBroker(id: number): Promise<BrokerPlan> {
  const [direct, proxied, secured, controller] = await Promise.all(
    Array.from({ length: 4 }, freePort),
  );
  if (!direct || !proxied || !secured || !controller) throw new Error("no free ports");
  const proxy = await TcpProxy.open(proxied);
  return { id, proxy, ports: { direct, proxied, proxy: proxy.port, secured, controller } };
}

/** A broker with its own data folder and ports, the same over all its runs. */
export class KafkaBroker {
  readonly id: number;
  readonly ports: BrokerPorts;
  /** Stands before the listener that `proxiedBootstrap` leads to. */
  readonly proxy: TcpProxy;
  readonly #installation: KafkaInstallation;
  readonly #folder: string;
  #process: ServerProcess | undefined;

  /** Writes its configuration and an empty, formatted data folder; `start` starts it. */
  constructor(plan: BrokerPlan, cluster: BrokerCluster) {
    this.id = plan.id;
    this.ports = plan.ports;
    this.proxy = plan.proxy;
    this.#installation = cluster.installation;
    this.#folder = join(cluster.folder, `broker-${plan.id}`);
    mkdirSync(this.#folder);
    const dataFolder = join(this.#folder, "data");
    cpSync(cluster.installation.formatted, dataFolder, { recursive: true });
    writeFileSync(join(dataFolder, "meta.properties"), identity(plan.id, cluster.clusterId));
    const controllers = new Map(cluster.plans.map(({ id, ports }) => [id, ports.controller]));
    const properties = brokerProperties({ ...plan, controllers, dataFolder });
    writeFileSync(this.#properties, properties);
  }

  /** True while its process lives, paused or not. */
  get running(): boolean {
    return this.#process?.running === true;
  }

  /** True while it is paused. */
  get halted(): boolean {
    return this.#process?.halted === true;
  }

  /** What it wrote into its log, over all its runs. */
  log(): string {
    return readFileSync(this.#logFile, "utf8");
  }

  /** Starts it where it stopped; resolves when it serves clients. In a cluster that takes a majority. */
  async start(): Promise<void> {
    await this.startWith([]);
  }

  /** `start` with further arguments for Java. */
  async startWith(javaOptions: readonly string[]): Promise<void> {
    if (this.running) throw new Error(`broker ${this.id} runs already`);
    const { classes } = this.#installation;
    const shared = javaOptions.length > 0 ? javaOptions : [`-XX:SharedArchiveFile=${classes}`];
    const started = ServerProcess.start({
      command: "java",
      args: [...shared, ...javaArguments(this.#installation), "kafka.Kafka", this.#properties],
      folder: this.#folder,
      logFile: this.#logFile,
    });
    this.#process = started;
    await started.until(() => started.log().includes(STARTED));
  }

  /** Ends it in good order: it hands its partitions over first. In a cluster that takes a majority. */
  async stop(): Promise<void> {
    await this.#process?.stop("SIGTERM");
  }

  /** Ends it at once, as a power cut does. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** `stop`, then `start` on the same ports. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Halts it: connections stay open, and nothing answers. */
  async pause(): Promise<void> {
    await this.#process?.pause();
  }

  /** Lets it go on after `pause`. */
  resume(): void {
    this.#process?.resume();
  }

  get #properties(): string {
    return join(this.#folder, "server.properties");
  }

  get #logFile(): string {
    return join(this.#folder, "log");
  }
}

/** An identifier as Kafka writes its own: 16 bytes, and none that begins like an option. */
export function kafkaId(): string {
  return `A${randomBytes(16).toString("base64url").slice(1)}`;
}

function identity(id: number, clusterId: string): string {
  return `version=1\ncluster.id=${clusterId}\nnode.id=${id}\ndirectory.id=${kafkaId()}\n`;
}
