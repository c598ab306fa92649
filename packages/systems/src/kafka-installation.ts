/** Where Kafka's jars are on this machine, exactly the ones that `kafka/jars.sha256` pins. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { type Found } from "./requirement.ts";

const OLDEST_JAVA = 17;

/** A file that has to be there, with its SHA-256 in hexadecimal. */
export interface PinnedJar {
  readonly name: string;
  readonly sha256: string;
}

/** Kafka as `installKafka` leaves it in the cache. */
export interface KafkaInstallation {
  /** All of it; the parts below lie within. */
  readonly folder: string;
  readonly jars: string;
  /** A data folder as Kafka's storage tool formats it, to be copied and given its own identity. */
  readonly formatted: string;
  /** The classes of a started broker as this machine's Java maps them into memory; it starts without, too. */
  readonly classes: string;
}

/** What is pinned, in the order of the class path. */
export function pinnedJars(): readonly PinnedJar[] {
  const list = readFileSync(new URL("../kafka/jars.sha256", import.meta.url), "utf8");
  return list
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [sha256 = "", name = ""] = line.split(/\s+/);
      return { name, sha256 };
    });
}

/** The place for the pinned version: below `TIDEMARK_CACHE`, or below the user's own cache. */
export function kafkaInstallation(): KafkaInstallation {
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const cache = process.env["TIDEMARK_CACHE"] ?? join(caches, "tidemark");
  const folder = join(cache, `kafka-${version()}`);
  return {
    folder,
    jars: join(folder, "jars"),
    formatted: join(folder, "formatted"),
    classes: join(folder, `java-${javaVersion() ?? 0}.jsa`),
  };
}

/** The installation if it is complete, and Java is there to run it. */
export function findKafka(): Found<KafkaInstallation> {
  const java = javaVersion();
  if (java === undefined || java < OLDEST_JAVA) {
    const here = java === undefined ? "Java is not installed" : `Java here is version ${java}`;
    return {
      kind: "missing",
      why: `${here}, and Kafka needs ${OLDEST_JAVA} or newer; on Debian: apt-get install default-jre-headless; ${ELSE}`,
    };
  }
  const installation = kafkaInstallation();
  const { jars, formatted } = installation;
  const files = [...pinnedJars().map(({ name }) => join(jars, name)), formatted];
  if (files.every((file) => existsSync(file))) return { kind: "found", value: installation };
  const why = `Kafka is not in ${installation.folder}; run \`npm run systems\`, which fetches it with Maven; ${ELSE}`;
  return { kind: "missing", why };
}

const ELSE = "or name a running broker in TIDEMARK_KAFKA";

/** Everything after `java` that runs a class of Kafka's with its arguments. */
export function javaArguments(installation: KafkaInstallation): readonly string[] {
  const path = pinnedJars().map(({ name }) => join(installation.jars, name));
  return [
    "-Xms64m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    // Tests are over before thorough compilation would pay.
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-cp",
    path.join(":"),
  ];
}

function version(): string {
  const prefix = "kafka-clients-";
  const jar = pinnedJars().find(({ name }) => name.startsWith(prefix))?.name ?? "";
  return jar.slice(prefix.length, -".jar".length);
}

function javaVersion(): number | undefined {
  const { stderr } = spawnSync("java", ["-version"], { encoding: "utf8" });
  const major = /version "(\d+)/.exec(stderr ?? "")?.[1];
  return major === undefined ? undefined : Number(major);
}
