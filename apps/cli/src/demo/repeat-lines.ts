/** The lines to repeat the demo by hand. */

import { PIPELINE } from "./demo-program.ts";

/** Shell lines for a server that serves at these addresses. */
export function repeatLines(http: string, grpc: string): string {
  const pipeline = `${http}/v0/pipelines/${PIPELINE}`;
  return `  # a token for everything that the file connector has taken in
  curl -s ${pipeline}/tables/flights/connectors/file/completion_token

  # push a flight; the answer is the token of just this push
  TOKEN=$(curl -s '${pipeline}/ingress/flights?format=json&update_format=raw' \\
    -d '{"delay": 3, "distance": 500, "time": 7.5}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')

  # wait up to 10 seconds until it has been processed, then read
  curl -s -H 'Prefer: wait=10' "${pipeline}/completion_status?token=$TOKEN"
  curl -s -G ${pipeline}/query --data-urlencode 'sql=SELECT * FROM delay_by_hour ORDER BY 1' -d format=text

  # the same over Connect and over gRPC
  curl -s ${http}/tidemark.v1.CompletionService/CheckToken -H 'Content-Type: application/json' \\
    -d "{\\"pipeline\\": \\"${PIPELINE}\\", \\"token\\": \\"$TOKEN\\"}"
  grpcurl -plaintext -d "{\\"pipeline\\": \\"${PIPELINE}\\", \\"token\\": \\"$TOKEN\\"}" \\
    ${grpc} tidemark.v1.CompletionService/WaitToken`;
}
