/** The demo's data: real flight records from the `vega-datasets` package, one JSON record a line. */

import { access, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of the data set. */
export function dataSet(name: string): string {
  const entry = fileURLToPath(import.meta.resolve("vega-datasets"));
  return fileURLToPath(new URL(`../data/${name}`, `file://${entry}`));
}

/** Writes the records of an array file as lines, once; a file that is there is left as it is. */
export async function linesOnce(from: string, to: string): Promise<void> {
  if (await isThere(to)) return;
  await mkdir(dirname(to), { recursive: true });
  const draft = `${to}.draft`;
  await writeFile(draft, toLines(await readFile(from, "utf8")));
  await rename(draft, to);
}

/** The records of a JSON array of flat objects, one a line, digit for digit as they were. */
function toLines(array: string): string {
  const records = array.trim().slice(1, -1).trim();
  return records === "" ? "" : `${records.replaceAll(/\}\s*,\s*\{/g, "}\n{")}\n`;
}

/** Records of the smaller data sets, whose time is part of their date, as the rows of the large one. */
export async function flightRows(from: string): Promise<string> {
  const flights: unknown = JSON.parse(await readFile(from, "utf8"));
  return JSON.stringify(Array.isArray(flights) ? flights.map(flightRow) : []);
}

function flightRow(flight: {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
}): object {
  const [hours = 0, minutes = 0] = flight.date.slice(11).split(":").map(Number);
  const { delay, distance } = flight;
  return { delay, distance, time: Math.round((hours + minutes / 60) * 100) / 100 };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
