/** Share groups, of which the client that is used elsewhere knows nothing. */
import { Connection, createAPI, type Reader, ResponseError, Writer } from "@platformatic/kafka";
import { randomUUID } from "node:crypto";

const SHARE_GROUP_HEARTBEAT = 76;
const VERSION = 1;
const JOINING = 0;

/** KIP-932: has a member join, by the one request that makes it one. */
const shareGroupHeartbeat = createAPI<[groupId: string, topic: string], void>(
  SHARE_GROUP_HEARTBEAT,
  VERSION,
  (groupId: string, topic: string) =>
    Writer.create()
      .appendString(groupId)
      .appendString(randomUUID())
      .appendInt32(JOINING)
      .appendString(null)
      .appendArray([topic], (writer, name) => writer.appendString(name), true, false)
      .appendTaggedFields(),
  (_correlationId: number, apiKey: number, apiVersion: number, reader: Reader) => {
    reader.readInt32();
    const errorCode = reader.readInt16();
    const message = reader.readNullableString();
    if (errorCode === 0) return;
    throw new ResponseError(apiKey, apiVersion, { "/": [errorCode, message] }, undefined);
  },
);

/** Has a member join a share group; answered once the group is there. */
export async function joinShareGroup(
  bootstrap: string,
  groupId: string,
  topic: string,
): Promise<void> {
  const [host, port] = (bootstrap.split(",")[0] ?? "").split(":");
  const connection = new Connection("sharer");
  await connection.connect(host ?? "", Number(port));
  try {
    await shareGroupHeartbeat.async(connection, groupId, topic);
  } finally {
    await connection.close();
  }
}
