/** The helpers that take values and give a value: one entry each, with the form that its errors show. */
import { errorOf } from "../domain/diagnostic.ts";
import { compare } from "./comparison.ts";
import { FAIL, fail } from "./fail.ts";
import { argument, type Helper, type HelperCall, wrong } from "./helper.ts";
import { envVariable, REF, ref, SOURCE, source, variable } from "./outside.ts";
import { report } from "./run.ts";
import { SPLIT, split } from "./split.ts";
import { asIdentifier, asLiteral, concat, JOIN, join, quoted, RANGE, range } from "./texts.ts";
import { isTruthy, plainValue } from "./value.ts";

const MANY = Number.POSITIVE_INFINITY;

const helper = (least: number, most: number, usage: string, evaluate: Helper["evaluate"]): Helper => ({
  least,
  most,
  usage,
  evaluate,
});

const misplaced = (h: HelperCall): undefined =>
  report(
    h.run,
    h.frame,
    errorOf("template/misplaced-tag", `${h.call.callee.original} gives no value`, {
      at: h.call.span,
      help: "it stands at the top of the file, in braces of its own",
    }),
  );

const comparing = (name: string): Helper =>
  helper(2, 2, `(${name} a b)`, (h) => {
    const verdict = compare(name, argument(h, 0), argument(h, 1));
    return typeof verdict === "boolean"
      ? plainValue(verdict)
      : wrong(h, verdict, undefined, "compare texts with texts, numbers with numbers");
  });

export const HELPERS: ReadonlyMap<string, Helper> = new Map([
  ["ref", helper(1, 1, REF, ref)],
  ["source", helper(2, 2, SOURCE, source)],
  ["var", helper(1, 2, '{{var "name"}}, with a default {{var "name" 5}}', variable)],
  ["env_var", helper(1, 2, '{{env_var "NAME"}}, with a default {{env_var "NAME" "value"}}', envVariable)],
  ["env", helper(1, 2, '{{env "NAME"}}', envVariable)],
  ["ident", helper(1, 1, '{{ident "name"}}', quoted(asIdentifier))],
  ["literal", helper(1, 1, '{{literal (var "name")}}', quoted(asLiteral))],
  ["list", helper(0, MANY, '(list "a" "b")', (h) => ({ kind: "list", items: h.values }))],
  ["concat", helper(1, MANY, '(concat "a" "b")', concat)],
  ["join", helper(1, 2, JOIN, join)],
  ["range", helper(1, 3, RANGE, range)],
  ["split", helper(1, 1, SPLIT, split)],
  ["fail", helper(1, 1, FAIL, fail)],
  ["not", helper(1, 1, "(not value)", (h) => plainValue(!isTruthy(argument(h, 0))))],
  ...["eq", "ne", "lt", "le", "gt", "ge"].map((name): [string, Helper] => [name, comparing(name)]),
  ["is_incremental", helper(0, 0, "{{#if is_incremental}}", (h) => plainValue(h.run.scope.isIncremental))],
  ["config", helper(0, MANY, '{{config materialized="table"}} at the top of the file', misplaced)],
  ["params", helper(0, MANY, '{{params "column" games=5}} at the top of the file', misplaced)],
]);

/** Evaluated by need: what decides first is the answer, and the rest is not looked at. */
export const LAZY_HELPERS = ["and", "or", "default"] as const;
