/** Subscriptions that every face must refuse. */

import { type ApiSubscribe } from "./api-face.ts";
import { type Refusal } from "./api-refusal.ts";

function refused(
  title: string,
  asked: Partial<ApiSubscribe>,
  expected: Pick<Refusal, "reason" | "message" | "like" | "details">,
): Refusal {
  return {
    title: `subscribe ${title}`,
    call: (face, { running }) =>
      face.subscribe({ pipeline: running, relation: "labels", format: "json", ...asked }),
    ...expected,
  };
}

/** All of them. */
export const REFUSED_SUBSCRIPTIONS: readonly Refusal[] = [
  refused(
    "to an unknown relation",
    { relation: "absent" },
    {
      reason: "ConfigError.UnknownOutputStream",
      message:
        "invalid controller configuration: Output endpoint 'absent.api-egress' specifies unknown output table or view 'absent'",
    },
  ),
  refused(
    "to a local view",
    { relation: "inner_labels" },
    {
      reason: "ConfigError.UnknownOutputStream",
    },
  ),
  refused(
    "with a snapshot to a view that is not materialized",
    { relation: "plain", sendSnapshot: true },
    {
      reason: "ConfigError.InvalidTransportConfig",
      like: /'plain' is not materialized/u,
    },
  ),
  refused(
    "to a view that answers by the clock",
    { relation: "clock" },
    {
      reason: "ConfigError.InvalidTransportConfig",
      like: /'now'/u,
    },
  ),
  refused(
    "with a parameter that can't be",
    { parameters: { buffer_size_records: "none" } },
    {
      reason: "InvalidParam",
      like: /buffer_size_records/u,
    },
  ),
  refused(
    "in an update format that there is not",
    { parameters: { update_format: "smoke" } },
    {
      reason: "InvalidParam",
      like: /smoke/u,
    },
  ),
];
