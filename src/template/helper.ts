/** The shape of a helper, and what helpers say of arguments that they cannot take. */
import { errorOf } from "../domain/diagnostic.ts";
import type { Origin } from "../domain/source.ts";
import { type Frame, type Run, report } from "./run.ts";
import type { Call, Expression } from "./syntax.ts";
import { kindName, plainValue, type Value, wordsOf } from "./value.ts";

export type HelperCall = {
  readonly run: Run;
  readonly frame: Frame;
  readonly call: Call;
  readonly origin: Origin;
  readonly values: readonly Value[];
};

export type Helper = {
  readonly least: number;
  readonly most: number;
  readonly usage: string;
  readonly evaluate: (h: HelperCall) => Value | undefined;
};

export const wrong = (h: HelperCall, message: string, argument: Expression | undefined, help: string): undefined =>
  report(h.run, h.frame, errorOf("template/bad-arguments", message, { at: (argument ?? h.call).span, help }));

export const argument = (h: HelperCall, i: number): Value => h.values[i] ?? plainValue(null);

export const words = (h: HelperCall, i: number, usage: string): string | undefined => {
  const text = wordsOf(argument(h, i));
  if (text !== undefined) return text;
  const name = h.call.callee.original;
  return wrong(
    h,
    `${name} takes a text, and this is ${kindName(argument(h, i))}`,
    h.call.positional[i],
    `write ${usage}`,
  );
};
