/** Bytes as they are, for what `fetch` refuses to send. */

import { connect } from "node:net";

/** Sends bytes and answers all that comes back until the server closes the connection. */
export async function rawExchange(
  port: number,
  text: string,
  encoding: "utf8" | "latin1" = "utf8",
): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(text);
  socket.setEncoding(encoding);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
