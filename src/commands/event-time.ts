/** `--event-time-start` and `--event-time-end`: the time that microbatch models are to be built for, in place of their schedule. */
import { readTime, type Window } from "../domain/batch.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../domain/diagnostic.ts";

/** As they were said; neither means what is due. */
export type EventTime = { readonly start: string | undefined; readonly end: string | undefined };

export const AS_SCHEDULED: EventTime = { start: undefined, end: undefined };

export const readEventTime = ({ start, end }: EventTime): Outcome<Window | undefined> => {
  if (start === undefined && end === undefined) return ok(undefined);
  if (start === undefined || end === undefined)
    return failed(
      bad(
        `--event-time-${start === undefined ? "end" : "start"} needs --event-time-${start === undefined ? "start" : "end"} beside it`,
      ),
    );
  const [from, to] = [readTime(start), readTime(end)];
  const wrong = [
    ...(from === undefined ? [bad(`--event-time-start is a time in UTC, not "${start}"`)] : []),
    ...(to === undefined ? [bad(`--event-time-end is a time in UTC, not "${end}"`)] : []),
  ];
  if (from === undefined || to === undefined) return failed(...wrong);
  return from < to
    ? ok({ start: from, end: to })
    : failed(bad(`--event-time-start (${start}) does not lie before --event-time-end (${end})`));
};

const bad = (message: string): Diagnostic =>
  errorOf("cli/bad-value", message, {
    help: "write --event-time-start 2024-01-01 --event-time-end 2024-02-01: from the first up to and without the second",
  });
