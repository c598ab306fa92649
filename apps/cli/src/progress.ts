/** Progress: a bar on a terminal, nothing elsewhere. */

import cliProgress from "cli-progress";

import { type Output } from "./output.ts";

/** A bar that is being drawn, ended by disposing it. */
export interface Progress extends Disposable {
  /** Moves it; `note` replaces the text behind it. */
  at(done: number, total: number, note?: string): void;
}

/** Draws a bar with this label, where bars may be drawn. */
export function openProgress({ interactive }: Output, label: string): Progress {
  if (!interactive) return { at: () => {}, [Symbol.dispose]: () => {} };
  const bar = new cliProgress.SingleBar({
    format: `${label} {bar} {percentage}%  {note}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 30,
    hideCursor: true,
    stream: process.stderr,
  });
  bar.start(1, 0, { note: "" });
  return {
    at(done, total, note = "") {
      bar.setTotal(Math.max(total, 1));
      bar.update(total === 0 ? 1 : done, { note });
    },
    [Symbol.dispose]: () => bar.stop(),
  };
}
