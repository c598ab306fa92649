export { Board } from "./board.ts";
export { type Claim, type ConnectorId, connectorId } from "./claim.ts";
export { canonicalClaims } from "./claims.ts";
export { type Epoch, epoch } from "./epoch.ts";
export {
  EMPTY,
  equal,
  type Frontier,
  frontier,
  join,
  lag,
  lessEqual,
  meet,
  offsetAt,
  type Partition,
  type Position,
  totalLag,
} from "./frontier.ts";
export { type Incarnation, incarnation } from "./incarnation.ts";
export { judge, judgeAll, type Reading } from "./judge.ts";
export { type Level, LEVELS, proves } from "./level.ts";
export { LowWatermark } from "./low-watermark.ts";
export {
  type EndedIncarnation,
  type Observation,
  type PendingReason,
  type Unobservable,
} from "./observation.ts";
export { MAX_OFFSET, type Offset, offset, ORIGIN } from "./offset.ts";
export { PACE_EXPIRES_MS } from "./pace.ts";
export { canonicalSpans, fewSpans, type Span, spansBetween } from "./span.ts";
export { StepHistory } from "./step-history.ts";
export {
  type DecodedToken,
  decodeToken,
  encodeToken,
  joinTokens,
  MAX_TOKEN_LENGTH,
  type Sealer,
  type Token,
} from "./token.ts";
export { type LostReason, type Remaining, type Verdict } from "./verdict.ts";
