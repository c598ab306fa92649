/** The page of all errors, written from the table of reasons. */

import { REASONS } from "./reasons.ts";

/** The content of `docs/errors.md`. */
export function errorsMarkdown(): string {
  const rows = Object.entries(REASONS).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    "# Errors",
    "",
    "Every error on every face has one of these reasons. REST answers it as `error_code` beside `message` and",
    "`details`; gRPC and Connect as the `reason` of a `google.rpc.ErrorInfo`. This page is written from the table",
    "of reasons in `packages/service`. In a message, `{…}` stands for what differs from case to case.",
    "",
    "| reason | HTTP | gRPC | message | details | why | what to do |",
    "|---|---|---|---|---|---|---|",
    ...rows.map(([reason, entry]) => {
      const retry =
        entry.retryAfterSeconds === undefined ? "" : `, retry after ${entry.retryAfterSeconds} s`;
      const details = entry.details.map((key) => `\`${key}\``).join(", ");
      return `| \`${reason}\` | ${entry.http}${retry} | ${entry.grpc} | ${cell(entry.message)} | ${details} | ${entry.cause} | ${entry.remedy} |`;
    }),
    "",
  ].join("\n");
}

/** Text that stays within its cell, its lines joined. */
function cell(text: string): string {
  return text.replaceAll("|", String.raw`\|`).replaceAll(/\n+/gu, " ");
}
