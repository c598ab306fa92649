/** Proofs that nothing which a consumer would be given lies between a commit and what is waited for. */

import { type Cluster } from "./cluster.ts";
import { type GroupReading } from "./group-reading.ts";
import { type Isolation, type Look, readableFrom } from "./readable.ts";
import { type LogReading } from "./topic-reading.ts";

/** So few offsets before its target, a commit may be followed by markers only. */
const NEAR = 1000n;

/** What was proven of a partition, for one commit under one leader. */
interface Proof {
  readonly committed: bigint;
  readonly leaderEpoch: number;
  readonly until: bigint;
  /** A record lies there: only a commit leads beyond it. */
  readonly found: boolean;
}

/** The commits of one group on one topic, and how far nothing readable follows each. */
export class Proofs {
  readonly #cluster: Cluster;
  readonly #isolation: Isolation;
  readonly #proofs = new Map<number, Proof>();

  constructor(cluster: Cluster, isolation: Isolation) {
    this.#cluster = cluster;
    this.#isolation = isolation;
  }

  /**
   * Has each partition's commit followed until its target, as far as nothing readable lies there.
   * Far from it, a commit that has moved since the last reading is let go on by itself: an engine
   * under way costs no looks into its logs.
   */
  async follow(reading: GroupReading, targets: ReadonlyMap<number, bigint>): Promise<void> {
    const looks = new Map<number, Look[]>();
    for (const [index, log] of reading.partitions) {
      const committed = this.reachedBy(reading, index);
      if (committed === undefined) continue;
      const { proof, moved } = this.#current(index, log, committed);
      const wanted = least(targets.get(index) ?? 0n, this.#limit(log));
      if (moved && wanted - committed > NEAR) continue;
      if (proof.found || proof.until >= wanted || log.start > proof.until) continue;
      const its = looks.get(log.leader) ?? [];
      its.push({ partition: index, from: proof.until });
      looks.set(log.leader, its);
    }
    await Promise.all(
      [...looks].map(async ([leader, its]) => {
        const found = await this.#cluster.of(leader, (connection) =>
          readableFrom(connection, reading.topicId, its, this.#isolation),
        );
        for (const [index, each] of found) this.#prove(index, reading.partitions.get(index), each);
      }),
    );
  }

  /**
   * The offset that a group has come to. Where it never committed anything it has everything before
   * it that the log holds, unless some of that is gone: with what it begins then is its own business.
   * What was proven to be given to nobody while the log held it may go.
   */
  reachedBy({ commits, partitions }: GroupReading, index: number): bigint | undefined {
    const commit = commits.get(index);
    if (commit !== undefined) return commit.offset;
    const start = partitions.get(index)?.start;
    if (start === undefined || start === 0n) return start;
    const proof = this.#proofs.get(index);
    return proof?.committed === 0n && proof.until >= start ? 0n : undefined;
  }

  /** Everything below has been taken by the group, or is given to nobody. */
  reached(index: number, committed: bigint): bigint {
    const proof = this.#proofs.get(index);
    return proof?.committed === committed ? proof.until : committed;
  }

  /** Forgets all: the topic is another one. */
  clear(): void {
    this.#proofs.clear();
  }

  #current(
    index: number,
    { leaderEpoch }: LogReading,
    committed: bigint,
  ): { readonly proof: Proof; readonly moved: boolean } {
    const known = this.#proofs.get(index);
    if (known?.committed === committed && known.leaderEpoch === leaderEpoch) {
      return { proof: known, moved: false };
    }
    const proof = { committed, leaderEpoch, until: committed, found: false };
    this.#proofs.set(index, proof);
    return { proof, moved: known !== undefined && known.committed < committed };
  }

  #prove(
    index: number,
    log: LogReading | undefined,
    { until, found }: { readonly until: bigint; readonly found: boolean },
  ): void {
    const proof = this.#proofs.get(index);
    if (proof === undefined || log === undefined) return;
    const limit = this.#limit(log);
    this.#proofs.set(index, {
      ...proof,
      until: least(until, limit),
      found: found && until <= limit,
    });
  }

  /** What lies from here on may still become readable. */
  #limit({ stable, end }: LogReading): bigint {
    return this.#isolation === "read_committed" ? stable : end;
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
