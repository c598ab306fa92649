/** Output faults: what keeps a step from being written, told apart by who can mend it. */

import { ConfigError } from "@tidemark/connector";

import { invalid } from "./connection.ts";
import { asConfigError, innerErrors } from "./kafka-fault.ts";
import { type OutputConfig } from "./output-config.ts";

/** The error codes of Kafka's protocol that are told apart here. */
const CODE = {
  tooLarge: 10,
  listTooLarge: 18,
  topicForbidden: 29,
  groupForbidden: 30,
  duplicate: 46,
  oldEpoch: 47,
  transactionTimeout: 50,
  idForbidden: 53,
  fenced: 90,
} as const;

/** What passes by itself: elections, loading, and transactions of the same producer that are ending. */
const PASSING = {
  leaderNotAvailable: 5,
  notLeader: 6,
  timedOut: 7,
  replicaNotAvailable: 9,
  networkException: 13,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  concurrentTransactions: 51,
  storageError: 56,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  unstableOffsetCommit: 88,
};
const PASSING_CODES: ReadonlySet<number> = new Set(Object.values(PASSING));

/** Whether the same request may succeed shortly. */
export function isPassing(error: unknown): boolean {
  const all = innerErrors(error);
  if (all.some(isRefusedLogin)) return false;
  const codes = all.flatMap(protocolCode);
  return codes.length > 0 ? codes.every((code) => PASSING_CODES.has(code)) : all.some(isOfNetwork);
}

/** Whether brokers could not be reached, or fell silent. */
export function isUnreachable(error: unknown): boolean {
  const all = innerErrors(error);
  return all.flatMap(protocolCode).length === 0 && all.some(isOfNetwork);
}

/** Whether the broker has the batch already, from a request whose answer was lost. */
export function isDuplicate(error: unknown): boolean {
  return innerErrors(error).flatMap(protocolCode).includes(CODE.duplicate);
}

/** Whether a newer epoch of the producer is known: of another writer, or of a transaction that timed out. */
export function isFenced(error: unknown): boolean {
  return innerErrors(error)
    .flatMap(protocolCode)
    .some((code) => code === CODE.fenced || code === CODE.oldEpoch);
}

/** What keeps an output from being opened, as a `ConfigError` wherever it is of Kafka. */
export function asOpeningError(error: unknown, config: OutputConfig): unknown {
  const known = asOutputError(error, config);
  if (known instanceof ConfigError || !isOfKafka(error)) return known;
  const brokers = config.connection.bootstrapBrokers.join(", ");
  const { message } = asTrouble(error, config);
  return invalid("topic", `can't be opened: ${message} (at ${brokers})`, { cause: error });
}

/** A `ConfigError` where the operator must mend something, else the error as it is. */
function asOutputError(
  error: unknown,
  { topic, connection, transactionTimeoutMs }: OutputConfig,
): unknown {
  const at = `(at ${connection.bootstrapBrokers.join(", ")})`;
  for (const code of innerErrors(error).flatMap(protocolCode)) {
    if (code === CODE.topicForbidden) return forbidden({ topic, connection });
    if (code === CODE.groupForbidden) {
      const needed = "needs permission to read groups whose names begin with tidemark-";
      return invalid("sasl.username", `is of a user who ${needed} ${at}`);
    }
    if (code === CODE.idForbidden) {
      const needed = "needs permission to write as transactional ids that begin with tidemark-";
      return invalid("sasl.username", `is of a user who ${needed} ${at}`);
    }
    if (code === CODE.transactionTimeout) {
      const allowed = "is more than the cluster's transaction.max.timeout.ms";
      return invalid("transaction.timeout.ms", `${allowed}; it is ${transactionTimeoutMs} ${at}`);
    }
  }
  const known = asConfigError(error, { topic, brokers: connection.bootstrapBrokers });
  if (known instanceof ConfigError || !isUnreachable(error)) return known;
  const met = innerErrors(error).at(-1)?.message ?? String(error);
  const brokers = connection.bootstrapBrokers.join(", ");
  return invalid("bootstrap.servers", `can't be reached: ${brokers} (${met})`);
}

/** That the user lacks a permission on the topic. */
export function forbidden({
  topic,
  connection,
}: Pick<OutputConfig, "topic" | "connection">): ConfigError {
  const at = connection.bootstrapBrokers.join(", ");
  const needed = "this user needs permission to write and to read";
  return invalid("topic", `names the topic '${topic}', which ${needed} (at ${at})`);
}

/** Whether a fault is of the cluster or of the way there, rather than of what is to be written. */
export function isOfKafka(error: unknown): boolean {
  return innerErrors(error).some(
    (each) => "code" in each && String(each.code).startsWith("PLT_KFK_"),
  );
}

/** A fault of Kafka in words that an operator can use, for a step that will be tried again. */
export function asTrouble(error: unknown, config: OutputConfig): Error {
  const known = asOutputError(error, config);
  if (known instanceof ConfigError) return new Error(known.message, { cause: error });
  const all = innerErrors(error);
  const codes = all.flatMap(protocolCode);
  if (codes.includes(CODE.tooLarge) || codes.includes(CODE.listTooLarge)) {
    const rule = "'message.max.bytes' must not exceed the topic's max.message.bytes";
    return new Error(`topic '${config.topic}' refused a message as too large: ${rule}`, {
      cause: error,
    });
  }
  const said = all.find((each) => protocolCode(each).length > 0) ?? all.at(-1);
  const id = said !== undefined && "apiId" in said ? `${String(said.apiId)}: ` : "";
  const message = `topic '${config.topic}' can't be written: ${id}${said?.message ?? String(error)}`;
  return new Error(message, { cause: error });
}

function protocolCode(error: Error): readonly number[] {
  return "apiCode" in error && typeof error.apiCode === "number" ? [error.apiCode] : [];
}

function isRefusedLogin(error: Error): boolean {
  return "code" in error && error.code === "PLT_KFK_AUTHENTICATION";
}

function isOfNetwork(error: Error): boolean {
  return (
    "code" in error &&
    /^(?:PLT_KFK_NETWORK|ECONN|ENOTFOUND|EAI_|EPIPE|ETIMEDOUT)/u.test(String(error.code))
  );
}
