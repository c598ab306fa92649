/** Members of consumer groups, which take records and commit nothing by themselves. */
import { Consumer } from "@platformatic/kafka";

/** One member of a group; disposal has it leave. */
export type KafkaMember = AsyncDisposable;

/** Has a member join a group and take a topic's records; resolves once it has its partitions. */
export async function joinGroup(
  bootstrap: string,
  groupId: string,
  topic: string,
): Promise<KafkaMember> {
  const bootstrapBrokers = bootstrap.split(",");
  const consumer = new Consumer({ clientId: "member", bootstrapBrokers, groupId });
  await consumer.consume({ topics: [topic], mode: "earliest", autocommit: false });
  return { [Symbol.asyncDispose]: () => consumer.close(true) };
}
