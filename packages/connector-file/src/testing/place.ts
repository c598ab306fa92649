/** A place for files of tests, and what sources and sinks are opened with on them. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  type InputRejects,
  type InputFormat,
  type OutputFormat,
  type Progress,
  type Source,
} from "@tidemark/connector";
import { epoch } from "@tidemark/core";
import { inputFormats, outputFormats } from "@tidemark/format";
import { type ConnectorDeclaration, type JsonObject, type Table } from "@tidemark/program";

import { fileInput } from "../source.ts";
import { type WatchFile, watchFiles } from "../watch-file.ts";

/** A directory of its own, gone when disposed. */
export class Place implements AsyncDisposable {
  readonly directory: string;
  readonly troubles: string[] = [];

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<Place> {
    return new Place(await mkdtemp(join(tmpdir(), "tidemark-file-")));
  }

  path(name = "file"): string {
    return join(this.directory, name);
  }

  /** Opens a source of one-column rows on a file of this place. */
  open(options: OpenOptions = {}): Promise<Source> {
    const { config = {}, format = { name: "csv", config: {} }, life = "life", resume } = options;
    const declaration = connector("file_input", { path: this.path(), ...config }, format);
    const input = known(inputFormats, format.name);
    const { watch = watchFiles({ pollMs: 20 }) } = options;
    return fileInput({ watch }).open({
      table: TABLE,
      connector: declaration,
      endpoint: "t.c",
      decoder: (given) => input.decoder({ table: TABLE, config: format.config, ...given }),
      directory: this.path("own"),
      onReject: options.onReject ?? "skip",
      life,
      epoch: epoch(options.epoch ?? 1),
      trouble: (message) => {
        if (message !== undefined) this.troubles.push(message);
      },
      ...(resume === undefined ? {} : { resume }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true });
  }
}

/** What a test opens a source with. */
export interface OpenOptions {
  readonly onReject?: InputRejects;
  readonly config?: JsonObject;
  readonly format?: { readonly name: string; readonly config: JsonObject };
  readonly life?: string;
  readonly epoch?: number;
  readonly resume?: Progress;
  readonly watch?: WatchFile;
}

/** A connector of one transport. */
export function connector(
  transport: string,
  config: JsonObject,
  format: { readonly name: string; readonly config: JsonObject },
): ConnectorDeclaration {
  return {
    name: "c",
    transport: { name: transport, config },
    format,
    paused: false,
    labels: [],
    startAfter: [],
    maxQueuedRecords: 1_000_000,
    maxQueuedBytes: 1_000_000_000,
    sendSnapshot: false,
    declared: {},
  };
}

/** An output format by name. */
export function outputFormat(name: string): OutputFormat {
  return known(outputFormats, name);
}

function known<T extends InputFormat | OutputFormat>(
  formats: ReadonlyMap<string, T>,
  name: string,
): T {
  const format = formats.get(name);
  if (format === undefined) throw new Error(`no format ${name}`);
  return format;
}

const TABLE: Table = {
  kind: "table",
  id: { name: "t", quoted: false },
  columns: [
    {
      id: { name: "s", quoted: false },
      type: { kind: "text", fixed: false },
      nullable: true,
    },
  ],
  primaryKey: [],
  materialized: false,
  connectors: [],
  properties: {},
  span: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
};
