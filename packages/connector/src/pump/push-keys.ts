/** Push keys: the bodies that were pushed under idempotency keys, bounded by number and age. */

import { createHash } from "node:crypto";

import { type ConnectorId } from "@tidemark/core";

import { type KeyedBody } from "../keyed-body.ts";
import { KeyReusedError } from "./key-reused-error.ts";
import { type PipelineLimits } from "./options.ts";

/** What keys are kept with. */
export interface PushKeysOptions {
  /** What the engine's last commit kept. */
  readonly recovered: readonly KeyedBody[];
  readonly limits: Pick<PipelineLimits, "maxPushKeys" | "maxPushKeyAgeMs">;
  readonly wallMs: () => number;
}

/** One key, shared by all pushes that carry it at a time. */
export class PushKey {
  /** How far its body was taken, perhaps not durable yet. */
  taken: KeyedBody;
  /** What is committed of it. */
  durable: KeyedBody | undefined;
  /** Pushes under way that carry it. */
  users = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(taken: KeyedBody, durable: KeyedBody | undefined) {
    this.taken = taken;
    this.durable = durable;
  }

  /** Runs a task when those before it have ended. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(task);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** So many of the oldest keys are forgotten together, as a share of those that may be kept. */
const FORGOTTEN_SHARE = 1 / 16;

const NOTHING_READ = createHash("sha256").digest("hex");

/**
 * The keys of one pipeline. The oldest are forgotten where there are too many or they are too old,
 * unless a push under way carries them; the next step forgets them durably.
 */
export class PushKeys {
  readonly #options: PushKeysOptions;
  /** Those that were added to longest ago first. */
  readonly #keys = new Map<string, PushKey>();
  #forgotten: string[] = [];

  constructor(options: PushKeysOptions) {
    this.#options = options;
    for (const body of options.recovered.toSorted((a, b) => a.atMs - b.atMs)) {
      this.#keys.set(body.key, new PushKey(body, body));
    }
  }

  /**
   * Takes up a key for a push to an endpoint; it has to be released. Throws `KeyReusedError` where
   * the key stands for a push to another one.
   */
  use(key: string, connector: ConnectorId): PushKey {
    this.#forget();
    const known = this.#keys.get(key);
    if (known !== undefined && known.taken.connector !== connector) {
      throw new KeyReusedError(key, "that one went to another table, or in another format");
    }
    const used = known ?? new PushKey(this.#fresh(key, connector), undefined);
    this.#keys.set(key, used);
    used.users += 1;
    return used;
  }

  /** Ends a use; a key under which nothing was taken is not kept. */
  release(used: PushKey): void {
    used.users -= 1;
    const { key, bytes, whole } = used.taken;
    if (used.users === 0 && bytes === 0 && !whole) this.#keys.delete(key);
  }

  /** Takes what a commit has made durable. */
  committed(body: KeyedBody): void {
    const key = this.#keys.get(body.key);
    if (key === undefined) return;
    key.durable = body;
    // The order of the map is the order of age.
    this.#keys.delete(body.key);
    this.#keys.set(body.key, key);
  }

  /** The keys that the next step is to forget. */
  takeForgotten(): readonly string[] {
    const forgotten = this.#forgotten;
    this.#forgotten = [];
    return forgotten;
  }

  #fresh(key: string, connector: ConnectorId): KeyedBody {
    const nothing = { bytes: 0, digest: NOTHING_READ, rows: 0, records: 0, errors: 0 };
    const atMs = this.#options.wallMs();
    return { key, connector, ...nothing, covers: [], whole: false, atMs };
  }

  #forget(): void {
    const { limits, wallMs } = this.#options;
    const oldest = wallMs() - limits.maxPushKeyAgeMs;
    const full = this.#keys.size >= limits.maxPushKeys;
    const share = full ? Math.ceil(limits.maxPushKeys * FORGOTTEN_SHARE) : 0;
    let excess = full ? this.#keys.size - limits.maxPushKeys + share : 0;
    for (const [key, { taken, durable, users }] of this.#keys) {
      if (excess <= 0 && taken.atMs >= oldest) return;
      // One with a commit ahead of it would come back with that.
      if (users > 0 || isAhead(taken, durable)) continue;
      this.#keys.delete(key);
      if (durable !== undefined) this.#forgotten.push(key);
      excess -= 1;
    }
  }
}

function isAhead(taken: KeyedBody, durable: KeyedBody | undefined): boolean {
  return (
    taken.records !== (durable?.records ?? 0) ||
    taken.errors !== (durable?.errors ?? 0) ||
    taken.whole !== (durable?.whole ?? false)
  );
}
