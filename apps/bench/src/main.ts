/** Runs every measurement and prints one table; `--markdown` prints it for `docs/performance.md`. */

import { measureCalls } from "./calls.ts";
import { measureCdc } from "./cdc.ts";
import { measureIngest } from "./ingest.ts";
import { measureKafka } from "./kafka.ts";
import { measureKafkaOutput } from "./kafka-output.ts";
import { type Measurement, type Row } from "./row.ts";
import { measureListening } from "./listening.ts";
import { measureObserving } from "./observing.ts";
import { measureSealing } from "./sealing.ts";
import { measureStarting } from "./starting.ts";
import { measureStreaming } from "./streaming.ts";
import { measureWaking } from "./waking.ts";

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  calls: measureCalls,
  sealing: measureSealing,
  waking: measureWaking,
  ingest: measureIngest,
  kafka: measureKafka,
  listening: measureListening,
  observing: measureObserving,
  starting: measureStarting,
  streaming: measureStreaming,
  cdc: measureCdc,
  "kafka-output": measureKafkaOutput,
};

const asked = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const names = asked.length > 0 ? asked : Object.keys(MEASUREMENTS);
const rows: Row[] = [];
for (const name of names) {
  const measure = MEASUREMENTS[name];
  if (measure === undefined) {
    console.error(
      `unknown measurement '${name}', there are: ${Object.keys(MEASUREMENTS).join(", ")}`,
    );
    process.exit(2);
  }
  console.error(`measuring ${name} …`);
  rows.push(...(await measure()));
}
if (process.argv.includes("--markdown")) printMarkdown(rows);
else console.table(rows.map((row) => ({ ...row, ratio: Number(row.ratio.toFixed(2)) })));

function printMarkdown(table: readonly Row[]): void {
  console.log("| measured | ours | against | ratio | aim |\n|---|---|---|---|---|");
  for (const { name, ours, reference, ratio, aim } of table) {
    console.log(`| ${name} | ${ours} | ${reference} | ${ratio.toFixed(2)} | ${aim} |`);
  }
}
