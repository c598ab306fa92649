/** A history: one pipeline's life, as a seed draws it. */

import { type Random } from "./random.ts";
import { type World } from "./world.ts";

/** What goes on with one pipeline, step by step. */
export interface History extends AsyncDisposable {
  /** One step: work of writers or of the engine, something about tokens, or a fault of its own. */
  act(): Promise<void>;
  /** Lets everything run to its end, and throws unless every claim ends as it must. */
  settle(): Promise<void>;
}

/** What a history is made with. */
export interface HistoryPlace {
  readonly world: World;
  readonly random: Random;
  /** Part of the names of all that is the history's own; lower-case letters and digits. */
  readonly name: string;
  /** Notes what happens, for whoever reads why a history failed. */
  readonly note: (what: string) => void;
  /** How often the database's server was killed so far. */
  readonly databaseDeaths: () => number;
}

/** Begins a history of one kind. */
export type HistoryKind = (place: HistoryPlace) => Promise<History>;
