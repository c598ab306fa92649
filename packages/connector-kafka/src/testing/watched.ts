/** A topic and a group that are watched, as tests have them. */

import { randomUUID } from "node:crypto";

import { type Observer, SYSTEM_CLOCK } from "@tidemark/connector";
import { type Claim, connectorId, judge, type Verdict } from "@tidemark/core";
import { type ConnectorDeclaration, parseProgram, type Table } from "@tidemark/program";
import { type Kafka } from "@tidemark/systems";

import { groupObservers } from "../group-observing.ts";

const { signal } = new AbortController();
const CONNECTOR = connectorId("c");

function tableOf(): Table {
  const parsed = parseProgram("CREATE TABLE t (id BIGINT)");
  const table = parsed.kind === "program" ? parsed.program.tables[0] : undefined;
  if (table === undefined) throw new TypeError("the program parses");
  return table;
}

function declared(config: Readonly<Record<string, string>>): ConnectorDeclaration {
  return {
    name: "c",
    transport: { name: "kafka_input", config },
    paused: false,
    labels: [],
    startAfter: [],
    maxQueuedRecords: 1000,
    maxQueuedBytes: 1_000_000,
    sendSnapshot: false,
    declared: {},
  };
}

/** An observer of a group on a topic, and what happens to both. */
export interface Watched extends AsyncDisposable {
  readonly observer: Observer;
  readonly topic: string;
  readonly group: string;
  write(partition?: number): Promise<string>;
  commit(...offsets: readonly (readonly [number, bigint])[]): Promise<void>;
}

/** Opens observers of several groups on one topic, which share their readings. */
export function observersOf(
  { bootstrap }: Pick<Kafka, "bootstrap">,
  topic: string,
): (group: string, life?: string) => Promise<Observer> {
  const factory = groupObservers("kafka_input", SYSTEM_CLOCK);
  return (group, life = "p") =>
    factory.open({
      table: tableOf(),
      connector: declared({ "bootstrap.servers": bootstrap, topic, "group.id": group }),
      endpoint: "t.c",
      life,
      directory: "/nowhere",
    });
}

async function opened(config: Readonly<Record<string, string>>): Promise<Observer> {
  const factory = groupObservers("kafka_input", SYSTEM_CLOCK);
  const connector = declared(config);
  factory.validate(connector, tableOf());
  return factory.open({
    table: tableOf(),
    connector,
    endpoint: "t.c",
    life: "p",
    directory: "/nowhere",
  });
}

/** How the topic is made and the connector declared; a topic that is named is there already. */
export interface WatchedOptions {
  readonly partitions?: number;
  readonly topic?: string;
  /** Settings of the connector that differ from the usual ones. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Observes a group of its own on a topic. */
export async function watched(
  { bootstrap, operator }: Pick<Kafka, "bootstrap" | "operator">,
  { partitions = 1, config: other = {}, topic: given }: WatchedOptions = {},
): Promise<Watched> {
  const topic = given ?? (await operator.createTopic({ partitions }));
  const group = other["group.id"] ?? `g-${randomUUID()}`;
  const config: Record<string, string> = {
    "bootstrap.servers": bootstrap,
    topic,
    "group.id": group,
    level: "processed",
    "isolation.level": "read_committed",
    ...other,
  };
  const observer = await opened(config);
  return {
    observer,
    topic,
    group,
    async write(partition = 0) {
      const [offset] = await operator.produce(topic, [{ value: "x", partition }]);
      return `${topic}-${partition}-${offset}`;
    },
    commit: (...offsets) => operator.commitGroup(group, topic, new Map(offsets)),
    [Symbol.asyncDispose]: () => observer[Symbol.asyncDispose](),
  };
}

/** A claim on the write that a receipt was given for. */
export async function receiptClaim({ observer }: Watched, receipt: string): Promise<Claim> {
  const progress = await observer.receipt?.(receipt, { signal });
  if (progress === undefined) throw new TypeError("the observer takes receipts");
  return { connector: CONNECTOR, ...progress, level: "processed" };
}

/** A claim on all that is in the topic now. */
export async function headClaim({ observer }: Watched): Promise<Claim> {
  return { connector: CONNECTOR, ...(await observer.head({ signal })), level: "processed" };
}

function nothing(): undefined {}

/** The verdict on a claim by a reading that is made for it. */
export async function verdict({ observer }: Watched, claim: Claim): Promise<Verdict> {
  const observed = await observer.observe({ wanted: claim.frontier, signal });
  const { level } = observer.tells;
  return judge(claim, { connector: CONNECTOR, atMs: 0, level, ended: nothing, ...observed });
}

/** Why a claim is pending, in codes; or the verdict. */
export async function codes(on: Watched, claim: Claim): Promise<readonly string[]> {
  const told = await verdict(on, claim);
  return told.kind === "pending" ? told.reasons.map(({ code }) => code) : [told.kind];
}
