/** The `file_input` transport: a file read to its end, or followed as it grows. */

import {
  incarnationOf,
  type Progress,
  type Source,
  type SourceContext,
  type SourceFactory,
  type SourceTells,
} from "@tidemark/connector";

import { fileInputConfig } from "./config.ts";
import { faultCode, faultMessage, pathError } from "./file-fault.ts";
import { FileReader } from "./file-reader.ts";
import { byteFrontier } from "./notation.ts";
import { type WatchFile, watchFiles } from "./watch-file.ts";

/** What files are read with. */
export interface FileInputOptions {
  /** How a followed file is watched; by default by the system's notices and a look every second. */
  readonly watch?: WatchFile;
}

const TELLS: SourceTells = {
  head: true,
  incarnationFrom: "the file's device, inode, time of birth and first 1024 bytes",
};

/** Sources that read files. */
export function fileInput(options: FileInputOptions = {}): SourceFactory {
  const watch = options.watch ?? watchFiles({ pollMs: 1000 });
  return {
    transport: "file_input",
    format: "required",
    validate: ({ transport }) => void fileInputConfig(transport.config),
    open: (context) => openSource(context, watch),
  };
}

async function openSource(context: SourceContext, watch: WatchFile): Promise<Source> {
  const config = fileInputConfig(context.connector.transport.config);
  const nextIncarnation = incarnations(context);
  const resume = context.resume ?? nextIncarnation();
  const reader = new FileReader({ config, context, watch, nextIncarnation, resume });
  try {
    await reader.attach();
  } catch (error) {
    if (!config.follow || faultCode(error) !== "ENOENT") throw pathError(config.path, error);
    context.trouble(`${faultMessage(config.path, error)} yet; waiting for it`);
  }
  return {
    tells: TELLS,
    start: reader.progress,
    batches: ({ signal }) => reader.batches(signal),
    head: () => reader.head(),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

/** Mints origins of incarnations; no two of one storage are ever equal, whatever the file looks like. */
function incarnations({ life, endpoint, epoch }: SourceContext): () => Progress {
  let count = 0;
  return () => {
    count += 1;
    const incarnation = incarnationOf(life, "file", endpoint, epoch, count);
    return { incarnation, frontier: byteFrontier(0n) };
  };
}
