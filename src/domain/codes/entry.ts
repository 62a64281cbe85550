/** The exit codes that every verb shares, and the form of an entry in the list of diagnostic codes. */

/**
 * 1 data did not pass · 2 the project or the command line is wrong · 3 a node, hook or migration failed in the
 * database · 4 database unreachable or lost · 5 an expression matched nothing · 6 not started or not published.
 */
type FailureExit = 1 | 2 | 3 | 4 | 5 | 6;

export type CodeEntry = {
  readonly exit: FailureExit;
  readonly title: string;
  /** A paragraph for the reference page: what it means and what to do. */
  readonly explanation: string;
};
