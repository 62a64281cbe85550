/** Coverage in, with the least that is asked for; a diagnostic for each kind that is below it out. */
import { COVERAGE_KINDS, type Coverage, percentOf } from "../../domain/coverage.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Span } from "../../domain/source.ts";

export const belowLeast = ({ totals, least }: Coverage, at: Span | undefined): readonly Diagnostic[] =>
  COVERAGE_KINDS.flatMap((kind) => {
    const [wanted, { covered, of }] = [least.get(kind), totals[kind]];
    if (wanted === undefined || of === 0 || (100 * covered) / of >= wanted) return [];
    const missing = Math.ceil((of * wanted) / 100) - covered;
    return [
      errorOf(
        "coverage/below",
        `coverage of ${kind} is ${percentOf({ covered, of }).toFixed(1)} %, below ${wanted} %`,
        {
          at,
          help: `${covered} of ${of}: ${missing} more ${missing === 1 ? "is" : "are"} needed`,
        },
      ),
    ];
  });
