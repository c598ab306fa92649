/** The one connector that the benchmark of core asks about, and a board that has read it. */

import {
  Board,
  type Claim,
  connectorId,
  type Frontier,
  frontier,
  incarnation,
} from "@tidemark/core";

const connector = connectorId("AbCdEfGhIjK");
const life = incarnation("AbCdEfGhIjKlMnOp");

/** The frontier of the connector's one partition. */
function at(offset: bigint): Frontier {
  return frontier([["0", offset]]);
}

/** The claim that everything below the offset is delivered. */
export function claimTo(offset: bigint): Claim {
  return { connector, incarnation: life, frontier: at(offset), level: "delivered" };
}

/** Publishes that everything below the offset is delivered. */
export function publish(board: Board, offset: bigint): void {
  board.publish({
    connector,
    incarnation: life,
    frontier: at(offset),
    level: "delivered",
    atMs: 0,
    ended: () => undefined,
    reasons: [],
  });
}

/** A board on which everything below the offset is delivered. */
export function boardAt(offset: bigint): Board {
  const board = new Board();
  publish(board, offset);
  return board;
}
