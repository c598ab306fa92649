/** Watching a file: waking up when it may have changed. */

import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";

/** Wakes up for changes of one path. */
export interface FileWatch extends Disposable {
  /**
   * Resolves once the path or what it names may have changed since the last call; rejects with the
   * signal's reason. It may wake for nothing, and wakes at least every now and then.
   */
  changed(options: { readonly signal: AbortSignal }): Promise<void>;
}

/** Begins to watch a path, which need not exist. */
export type WatchFile = (path: string) => FileWatch;

/**
 * Watches by the system's notices on the file's directory, and looks every `pollMs` besides: notices
 * don't come on every file system.
 */
export function watchFiles(options: { readonly pollMs: number }): WatchFile {
  return (path) => new DirectoryWatch(dirname(path), options.pollMs);
}

class DirectoryWatch implements FileWatch {
  readonly #watcher: FSWatcher | undefined;
  readonly #pollMs: number;
  #noticed = true;
  #wake: (() => void) | undefined;

  constructor(directory: string, pollMs: number) {
    this.#pollMs = pollMs;
    this.#watcher = watchDirectory(directory);
    this.#watcher?.on("change", () => {
      this.#noticed = true;
      this.#wake?.();
    });
    this.#watcher?.on("error", () => undefined);
  }

  async changed({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    if (!this.#noticed) await this.#next(signal);
    signal.throwIfAborted();
    this.#noticed = false;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, this.#pollMs);
      timer.unref();
      signal.addEventListener("abort", wake, { once: true });
      this.#wake = wake;
    });
  }
}

/** Where the system can't give notices, looking now and then has to do. */
function watchDirectory(directory: string): FSWatcher | undefined {
  try {
    return watch(directory, { persistent: false });
  } catch {
    return undefined;
  }
}
