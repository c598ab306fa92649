/** Timelines: where each one of a server's history ended, so that LSNs of before can still be judged. */

import { type Offset } from "@tidemark/core";
import { Client } from "pg";

import { parseLsn } from "./lsn.ts";
import { pinSettings } from "./pinned-settings.ts";
import { replicationTarget, type Target } from "./target.ts";

/** The end of every timeline before a given one, by its number. */
export type TimelineEnds = ReadonlyMap<number, Offset>;

/** Another timeline answers than the one that was asked about: another server may have taken over. */
export class OtherTimelineError extends Error {
  constructor(asked: number, answering: number) {
    super(`timeline ${answering} answers, not ${asked}: another server may have taken over`);
    this.name = "OtherTimelineError";
  }
}

/** Asks the server; only a replication connection answers this. The first timeline has no history. */
export async function timelineEnds(target: Target, timeline: number): Promise<TimelineEnds> {
  if (timeline === 1) return new Map();
  const client = new Client({
    ...replicationTarget(target),
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await pinSettings(client);
    const { rows } = await client.query<Readonly<Record<string, unknown>>>(
      `TIMELINE_HISTORY ${timeline}`,
    );
    const content = rows[0]?.["content"];
    return parseHistory(Buffer.isBuffer(content) ? content.toString() : String(content));
  } finally {
    await client.end();
  }
}

/** Reads a history file: a timeline, the LSN where it was left, and why, on each line. */
function parseHistory(content: string): TimelineEnds {
  const ends = new Map<number, Offset>();
  for (const line of content.split("\n")) {
    const [timeline = "", lsn = ""] = line.trim().split(/\s+/u);
    const end = parseLsn(lsn);
    if (/^\d+$/u.test(timeline) && end !== undefined) ends.set(Number(timeline), end);
  }
  return ends;
}
