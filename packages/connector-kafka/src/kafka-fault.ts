/** Faults of Kafka: those that the operator must mend told apart from those that pass. */

import { ConfigError } from "@tidemark/connector";

import { invalid } from "./connection.ts";

/** What the fault is about. */
export interface FaultPlace {
  readonly topic: string;
  readonly brokers: readonly string[];
}

/** Error codes of the protocol that only the operator can mend, with the setting at fault. */
const OPERATORS: ReadonlyMap<number, readonly [field: string, said: string]> = new Map([
  [3, ["topic", "names a topic that the cluster does not have"]],
  [17, ["topic", "is no name that a topic can have"]],
  [24, ["group.id", "is no name that a group can have"]],
  [29, ["topic", "names a topic that this user may not read"]],
  [30, ["group.id", "names a group that this user may not read"]],
  [31, ["sasl.username", "is of a user whom the cluster does not permit this"]],
  [33, ["sasl.mechanism", "is not offered by the cluster"]],
  [58, ["sasl.password", "or the user's name was refused by the cluster"]],
]);

/** Error codes of the protocol that pass with an election. */
const ELECTIONS: ReadonlySet<number> = new Set([5, 6, 14, 15, 16, 74, 75]);

/** Codes of the operating system for a network that leads nowhere. */
const SYSTEMS = /^(?:ECONN|ENOTFOUND|EAI|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/u;

/** A `ConfigError` where the operator must mend something, else the error as it is. */
export function asConfigError(error: unknown, { brokers }: FaultPlace): unknown {
  if (error instanceof ConfigError) return error;
  const all = innerErrors(error);
  for (const each of all) {
    const code = "apiCode" in each ? Number(each.apiCode) : undefined;
    const known = code === undefined ? undefined : OPERATORS.get(code);
    if (known !== undefined) return invalid(known[0], `${known[1]} (at ${brokers.join(", ")})`);
    if (each.message.startsWith("Unknown topic")) {
      return invalid(
        "topic",
        `names a topic that the cluster does not have (at ${brokers.join(", ")})`,
      );
    }
    if (/authenticat/iu.test(each.message)) {
      return invalid(
        "sasl.password",
        `or the user's name was refused by the cluster (at ${brokers.join(", ")})`,
      );
    }
  }
  const tls = all.find(({ message }) => /\bTLS\b/u.test(message));
  if (tls !== undefined) {
    return invalid("security.protocol", `does not fit ${brokers.join(", ")}: ${tls.message}`);
  }
  const network =
    all.find((each) => SYSTEMS.test(codeOf(each))) ??
    all.find((each) => codeOf(each) === "PLT_KFK_NETWORK" || each.name === "TimeoutError") ??
    all.find(({ message }) => /^Connection closed|timed out/iu.test(message));
  if (network === undefined) return error;
  const said = `can't be reached: ${brokers.join(", ")} (${network.message})`;
  return invalid("bootstrap.servers", said, { cause: new UnreachableError(network.message) });
}

/** Whether a fault, as `asConfigError` answers it, may pass without the operator. */
export function mayPass(fault: unknown): boolean {
  return !(fault instanceof ConfigError) || fault.cause instanceof UnreachableError;
}

class UnreachableError extends Error {}

/** What went wrong, in the words of whatever it began with. */
export function faultText(error: unknown): string {
  const all = innerErrors(error);
  const first = all.at(-1)?.message ?? String(error);
  const place = all.find(({ message }) => message.startsWith("Connection to "))?.message;
  return place === undefined || place === first ? first : `${place} ${first}`;
}

/** True where a leader or a coordinator is being elected. */
export function isElection(error: unknown): boolean {
  return innerErrors(error).some(
    (each) => "apiCode" in each && ELECTIONS.has(Number(each.apiCode)),
  );
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}

/** An error with everything that it wraps. */
export function innerErrors(error: unknown): readonly Error[] {
  if (!(error instanceof Error)) return [];
  const wrapped: unknown[] = "errors" in error && Array.isArray(error.errors) ? error.errors : [];
  return [error, ...[...wrapped, error.cause].flatMap(innerErrors)];
}
