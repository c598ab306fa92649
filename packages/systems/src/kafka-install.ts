/** Brings Kafka into the cache: its pinned jars by Maven, and what makes a broker start quickly. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { kafkaId } from "./kafka-broker.ts";
import { KafkaCluster } from "./kafka-cluster.ts";
import {
  javaArguments,
  type KafkaInstallation,
  kafkaInstallation,
  pinnedJars,
} from "./kafka-installation.ts";
import { brokerProperties } from "./kafka-properties.ts";
import { runToEnd } from "./run-to-end.ts";

const COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
const POM = fileURLToPath(new URL("../kafka/pom.xml", import.meta.url));

/** Installs what is missing; rejects if a jar is not the pinned one. Quick when all is there. */
export async function installKafka(): Promise<KafkaInstallation> {
  const installation = kafkaInstallation();
  mkdirSync(installation.folder, { recursive: true });
  if (faults(installation.jars).length > 0) await fetchJars(installation);
  if (!existsSync(installation.formatted)) await format(installation);
  if (!existsSync(installation.classes)) await archiveClasses(installation);
  return installation;
}

/** What is there only under another name can't be taken for complete when this ends halfway. */
async function fetchJars({ folder, jars }: KafkaInstallation): Promise<void> {
  const draft = join(folder, `jars-${process.pid}`);
  const args = [
    "-B",
    "-q",
    "-f",
    POM,
    COPY,
    "-DincludeScope=runtime",
    `-DoutputDirectory=${draft}`,
  ];
  try {
    await runToEnd({ command: "mvn", args, folder, env: inherited() });
    const wrong = faults(draft);
    if (wrong.length > 0) throw new Error(`not what kafka/jars.sha256 pins: ${wrong.join(", ")}`);
    rmSync(jars, { recursive: true, force: true });
    renameSync(draft, jars);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Names of pinned jars that are missing or different, and of files that aren't pinned. */
function faults(jars: string): readonly string[] {
  const pinned = pinnedJars();
  const known = new Set(pinned.map(({ name }) => name));
  const present = existsSync(jars) ? readdirSync(jars) : [];
  const different = pinned.filter(({ name, sha256 }) => digest(join(jars, name)) !== sha256);
  return [...different.map(({ name }) => name), ...present.filter((name) => !known.has(name))];
}

function digest(file: string): string | undefined {
  return existsSync(file)
    ? createHash("sha256").update(readFileSync(file)).digest("hex")
    : undefined;
}

/** The tool takes as long as a broker's start, and what it writes differs only by names. */
async function format(installation: KafkaInstallation): Promise<void> {
  const { folder, formatted } = installation;
  const draft = join(folder, `formatted-${process.pid}`);
  const properties = join(folder, "format.properties");
  const ports = { direct: 1, proxied: 2, proxy: 3, secured: 4, controller: 5 };
  const place = { id: 1, ports, controllers: new Map([[1, 5]]), dataFolder: draft };
  writeFileSync(properties, brokerProperties(place));
  const tool = ["kafka.tools.StorageTool", "format", "-t", kafkaId(), "-c", properties];
  await runToEnd({ command: "java", args: [...javaArguments(installation), ...tool], folder });
  rmSync(properties);
  renameSync(draft, formatted);
}

/** Loading classes is most of a broker's start; Java writes them out when a broker ends. */
async function archiveClasses(installation: KafkaInstallation): Promise<void> {
  await using cluster = await KafkaCluster.prepare(installation, {});
  const [broker] = cluster.brokers;
  await broker?.startWith([`-XX:ArchiveClassesAtExit=${installation.classes}`]);
  await cluster.operator.produce(await cluster.operator.createTopic(), [{ value: "warm" }]);
  await broker?.stop();
}

/** Maven finds its settings and its Java by these. */
function inherited(): Readonly<Record<string, string>> {
  const names = ["HOME", "JAVA_HOME", "MAVEN_OPTS", "MAVEN_ARGS"];
  return Object.fromEntries(
    names.map((name) => [name, process.env[name] ?? ""]).filter(([, value]) => value !== ""),
  );
}
