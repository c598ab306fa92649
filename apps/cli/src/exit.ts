/** Exit codes: what scripts can tell from a command. */

/** What the command line exits with. */
export const EXIT = {
  /** Done; of a token: complete. */
  done: 0,
  /** It failed, also where no server answers; stderr says why. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** The token is still in progress, now or when the time was up. */
  inProgress: 3,
  /** The token is lost: what it stands for can never be complete. */
  lost: 4,
  /** With `--fail-on-rejects`: records were rejected, or rows dead-lettered. */
  rejected: 5,
  /** Ctrl-C or SIGTERM ended it; a shell's code for that. */
  interrupted: 130,
} as const;

/** One of them. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For `--help`. */
export const EXIT_HELP = `Exit codes: 0 done or complete, 1 failed, records rejected by ingest, or no server answers,
  2 wrong usage, 3 still in progress, 4 token lost,
  5 records were rejected (with --fail-on-rejects), 130 interrupted.`;
