/** Statements in, pieces of SQL out: text, printed values, blocks, macro calls. */
import { errorOf } from "../domain/diagnostic.ts";
import type { RenderedPiece } from "../domain/rendered.ts";
import { unreachable } from "../domain/unreachable.ts";
import { suggest } from "../lib/suggest.ts";
import { valueAt } from "./expressions.ts";
import { bind } from "./parameters.ts";
import { print } from "./print.ts";
import { type Frame, originOf, type Run, report, topFrame } from "./run.ts";
import type { BlockStatement, MacroCall, Statement, Template } from "./syntax.ts";
import { isTruthy, kindName, OUTSIDE, plainValue, textValue, type Value } from "./value.ts";

export const emit = (run: Run, frame: Frame, statements: readonly Statement[], out: RenderedPiece[]): void => {
  for (const statement of statements) {
    switch (statement.kind) {
      case "text":
        out.push({ kind: "text", text: statement.text, origin: originOf(statement.span, frame), isSecret: false });
        break;
      case "output": {
        const value = valueAt(run, frame, statement.expression);
        if (value === undefined) break;
        const printed = print(value, statement.expression, statement.span, originOf(statement.span, frame));
        if (printed.ok) out.push(...printed.pieces);
        else report(run, frame, printed.diagnostic);
        break;
      }
      case "block":
        emitBlock(run, frame, statement, out);
        break;
      case "macro":
        emitMacro(run, frame, statement, out);
        break;
      default:
        unreachable(statement);
    }
  }
};

const emitBlock = (run: Run, frame: Frame, block: BlockStatement, out: RenderedPiece[]): void => {
  const subject = valueAt(run, frame, block.subject);
  if (subject === undefined) return;
  const isTaken = isTruthy(subject);
  switch (block.name) {
    case "if":
      emit(run, frame, isTaken ? block.body : block.otherwise, out);
      break;
    case "unless":
      emit(run, frame, isTaken ? block.otherwise : block.body, out);
      break;
    case "with":
      // For #with, Handlebars takes 0 for something.
      if (isTaken || isZero(subject))
        emit(run, within(frame, subject, named(block, [subject]), new Map()), block.body, out);
      else emit(run, frame, block.otherwise, out);
      break;
    case "each":
      emitEach(run, frame, block, subject, out);
      break;
    default:
      unreachable(block.name);
  }
};

const isZero = (value: Value): boolean => value.kind === "plain" && value.value === 0;

const emitEach = (run: Run, frame: Frame, block: BlockStatement, subject: Value, out: RenderedPiece[]): void => {
  const turns = turnsOf(subject, frame, block);
  if (turns === undefined) {
    const message = `#each goes over a list or a mapping, and this is ${kindName(subject)}`;
    const help = 'write {{#each (list "a" "b") as |item|}} … {{/each}}';
    report(run, frame, errorOf("template/bad-arguments", message, { at: block.subject.span, help }));
    return;
  }
  if (turns.length === 0) emit(run, frame, block.otherwise, out);
  turns.forEach(({ key, item }, index) => {
    const data = new Map([
      ["index", plainValue(index)],
      ["key", key],
      ["first", plainValue(index === 0)],
      ["last", plainValue(index === turns.length - 1)],
    ]);
    emit(run, within(frame, item, named(block, [item, key]), data), block.body, out);
  });
};

const turnsOf = (
  subject: Value,
  frame: Frame,
  block: BlockStatement,
): readonly { readonly key: Value; readonly item: Value }[] | undefined => {
  if (subject.kind === "list") return subject.items.map((item, index) => ({ key: plainValue(index), item }));
  if (subject.kind !== "mapping") return undefined;
  const origin = originOf(block.subject.span, frame);
  return [...subject.entries].map(([key, item]) => ({ key: textValue(key, origin, OUTSIDE), item }));
};

const named = ({ blockParameters }: BlockStatement, values: readonly Value[]): ReadonlyMap<string, Value> =>
  new Map(
    blockParameters.flatMap((name, i): [string, Value][] => {
      const value = values[i];
      return value === undefined ? [] : [[name, value]];
    }),
  );

const within = (
  frame: Frame,
  item: Value,
  values: ReadonlyMap<string, Value>,
  data: ReadonlyMap<string, Value>,
): Frame => ({ ...frame, names: { outer: frame.names, values, item, data } });

const DEEPEST = 50;

const emitMacro = (run: Run, frame: Frame, call: MacroCall, out: RenderedPiece[]): void => {
  const { macros } = run.scope;
  const macro = macros.get(call.name);
  if (macro === undefined) {
    const near = suggest(call.name, macros.keys());
    const help = near === undefined ? `a macro is a file: macros/${call.name}.sql` : `did you mean "${near}"?`;
    const message = `there is no macro named ${call.name}`;
    report(run, frame, errorOf("template/unknown-macro", message, { at: call.nameSpan, help }));
    return;
  }
  if (frame.calledFrom.length >= DEEPEST) {
    const help = "a macro that calls itself needs an {{#if}} that ends it";
    // The whole chain is one call over and over: the place itself is enough.
    run.found.push(
      errorOf("template/macro-too-deep", `${call.name} is called ${DEEPEST} levels deep`, { at: call.span, help }),
    );
    return;
  }
  const callee = topFrame(new Map(), [call.span, ...frame.calledFrom]);
  if (macro.config !== undefined) {
    const help = "a macro is no node: what calls it has the header";
    const message = `{{config}} stands in the macro ${call.name}`;
    report(run, callee, errorOf("template/misplaced-tag", message, { at: macro.config.span, help }));
  }
  const given = call.named.map(({ name, nameSpan, value }) => ({ name, nameSpan, value: valueAt(run, frame, value) }));
  const values = bind(run, macro, given, { what: call.name, at: call.span, caller: frame, callee });
  if (values === undefined) return;
  emit(run, topFrame(values, callee.calledFrom), macroBody(macro), out);
};

/** A macro stands in the middle of a line, so the line break that ends its file is not part of it. */
const macroBody = ({ body }: Template): readonly Statement[] => {
  const last = body.at(-1);
  if (last?.kind !== "text") return body;
  const text = last.text.replace(/\r?\n$/, "");
  if (text.length === last.text.length) return body;
  const span = { ...last.span, end: last.span.start + text.length };
  return text === "" ? body.slice(0, -1) : [...body.slice(0, -1), { ...last, text, span }];
};
