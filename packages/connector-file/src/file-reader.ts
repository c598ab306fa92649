/** A file reader: reads one path to its end, or follows it through growth, truncation and rotation. */

import { type Batch, type Progress, type SourceContext } from "@tidemark/connector";

import { type FileInputConfig } from "./config.ts";
import { faultCode, faultMessage } from "./file-fault.ts";
import { readFingerprint } from "./fingerprint.ts";
import { byteFrontier, byteOffset } from "./notation.ts";
import { OpenFile } from "./open-file.ts";
import { Reading } from "./reading.ts";
import { type FileWatch, type WatchFile } from "./watch-file.ts";

/** What a reader is made with. */
export interface FileReaderOptions {
  readonly config: FileInputConfig;
  readonly context: Pick<SourceContext, "decoder" | "onReject" | "trouble">;
  readonly watch: WatchFile;
  /** Mints the origin of a new incarnation. */
  readonly nextIncarnation: () => Progress;
  readonly resume: Progress;
}

/** Reads one path. */
export class FileReader implements AsyncDisposable {
  readonly #options: FileReaderOptions;
  #progress: Progress;
  #file: OpenFile | undefined;
  #watch: FileWatch | undefined;

  constructor(options: FileReaderOptions) {
    this.#options = options;
    this.#progress = options.resume;
  }

  /** Where reading stands: on which incarnation, and up to where. */
  get progress(): Progress {
    return this.#progress;
  }

  /** How far the file goes now. */
  async head(): Promise<Progress> {
    const progress = this.#progress;
    const size = (await this.#file?.size()) ?? byteOffset(progress.frontier);
    return { ...progress, frontier: byteFrontier(size) };
  }

  /**
   * Opens the file at the path and goes on with it, or begins a new incarnation where it is not the
   * one that was read before. Rejects as the system does.
   */
  async attach(): Promise<OpenFile> {
    const { config, context, nextIncarnation } = this.#options;
    const file = await OpenFile.open(config.path);
    this.#file = file;
    const offset = byteOffset(this.#progress.frontier);
    const known = readFingerprint(this.#progress.state ?? "");
    if (offset === 0n || (known !== undefined && (await file.isThat(known, offset)))) return file;
    context.trouble(
      `file '${config.path}' is not the one that was read before up to byte ${offset}: ` +
        "what else that one held is not read; reading this one from its beginning",
    );
    this.#progress = nextIncarnation();
    return file;
  }

  /** The batches from the present progress on. */
  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    const { config, watch, nextIncarnation } = this.#options;
    if (!config.follow) {
      if (this.#file !== undefined) yield* this.#readThrough(this.#file, signal);
      return;
    }
    this.#watch = watch(config.path);
    for (;;) {
      const { incarnation } = this.#progress;
      const file = this.#file ?? (await this.#appear(this.#watch, signal));
      if (this.#progress.incarnation !== incarnation) yield empty(this.#progress);
      yield* this.#follow(file, this.#watch, signal);
      this.#file = undefined;
      await file[Symbol.asyncDispose]();
      this.#progress = nextIncarnation();
      yield empty(this.#progress);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch?.[Symbol.dispose]();
    await this.#file?.[Symbol.asyncDispose]();
    this.#file = undefined;
  }

  #reading(file: OpenFile): Reading {
    const { config, context } = this.#options;
    return new Reading({
      file,
      start: this.#progress,
      context,
      bufferSizeBytes: config.bufferSizeBytes,
    });
  }

  /** Reads to the end; the last record needs no end of line. */
  async *#readThrough(file: OpenFile, signal: AbortSignal): AsyncGenerator<Batch> {
    const reading = this.#reading(file);
    yield* this.#keep(reading.readOn(signal));
    if (!(await reading.isIntact())) {
      throw new Error(
        `file '${this.#options.config.path}' was cut back or written over while it was read`,
      );
    }
    yield* this.#keep(reading.finish());
  }

  /** Reads all that is there and all that is added, until the file is cut back or the path names another. */
  async *#follow(file: OpenFile, watch: FileWatch, signal: AbortSignal): AsyncGenerator<Batch> {
    const reading = this.#reading(file);
    let told: string | undefined;
    for (;;) {
      const replaced = await this.#isReplaced(file);
      yield* this.#keep(reading.readOn(signal));
      if (!(await reading.isIntact())) {
        const { path } = this.#options.config;
        const message = "was cut back or written over; reading it from its beginning";
        return this.#options.context.trouble(`file '${path}' ${message}`);
      }
      if (replaced) return yield* this.#keep(reading.finish());
      const { unfinished } = reading;
      if (unfinished !== undefined && unfinished !== told) {
        this.#options.context.trouble(`file '${this.#options.config.path}' ${unfinished}`);
      }
      told = unfinished;
      await watch.changed({ signal });
    }
  }

  async *#keep(batches: AsyncIterable<Batch>): AsyncGenerator<Batch, void> {
    for await (const batch of batches) {
      const { incarnation, frontier, state } = batch;
      this.#progress = { incarnation, frontier, ...(state === undefined ? {} : { state }) };
      yield batch;
    }
  }

  /** While the path names nothing, the file that was opened goes on being read. */
  async #isReplaced(file: OpenFile): Promise<boolean> {
    const { path } = this.#options.config;
    try {
      return await file.isReplacedAt(path);
    } catch (error) {
      if (faultCode(error) !== "ENOENT") this.#options.context.trouble(faultMessage(path, error));
      return false;
    }
  }

  async #appear(watch: FileWatch, signal: AbortSignal): Promise<OpenFile> {
    const { path } = this.#options.config;
    for (let told: string | undefined; ;) {
      try {
        return await this.attach();
      } catch (error) {
        const message = faultMessage(path, error);
        if (faultCode(error) !== "ENOENT" && message !== told)
          this.#options.context.trouble(message);
        told = message;
      }
      await watch.changed({ signal });
    }
  }
}

/** Tells that a new incarnation has begun. */
function empty(progress: Progress): Batch {
  return { ...progress, changes: { rows: [] }, records: 0, bytes: 0, errors: [] };
}
