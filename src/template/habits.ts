/** A file in; dbt's habits and braces that belong to SQL out, each with its line as it is written in Handlebars. */
import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";
import { type SourceFile, spanOf } from "../domain/source.ts";
import { outputInHandlebars, tagInHandlebars } from "./from-jinja.ts";

/** A stretch of a file that Handlebars does not mean, and how it is written instead, where that is known. */
type Habit = {
  readonly start: number;
  readonly end: number;
  readonly code: "template/dbt-syntax" | "template/brace-in-sql" | "template/comment-ends-early";
  readonly message: string;
  readonly rewritten: string | undefined;
  /** Where nothing can be rewritten. */
  readonly advice: string;
};

/** Reading every file twice would cost: only these can hide a habit in a template that parses. */
const MAY_HIDE =
  /(?<!\{)\{[%#]|\{\{~?!(?!--)|\{\{\{?\s*["'\d]|\{\{-|-\}\}|\s(?:-|if\s[^{}]*\selse)\s[^{}]*\}\}|\w-\d+\s*\}\}/;

/** Habits in a template that Handlebars reads without complaint. */
export const hiddenHabits = (file: SourceFile): readonly Diagnostic[] =>
  MAY_HIDE.test(file.text) ? habitsIn(file) : [];

export const habitsIn = (file: SourceFile): readonly Diagnostic[] => {
  const habits = [...file.text.matchAll(STRETCHES)].flatMap((match) => {
    const habit = habitOf(file.text, match);
    return habit === undefined ? [] : [habit];
  });
  return habits.map((habit) => diagnosticOf(file, habit, habits));
};

/** In this order: what is escaped, raw or a comment hides the rest. */
const STRETCHES = new RegExp(
  [
    String.raw`(?<!\\)\\\{\{`,
    String.raw`\{\{\{\{\s*(?<raw>\w+)\s*\}\}\}\}[\s\S]*?\{\{\{\{\/\k<raw>\}\}\}\}`,
    String.raw`\{\{~?!--[\s\S]*?--~?\}\}`,
    String.raw`\{\{~?!(?<comment>[\s\S]*?)\}\}`,
    String.raw`(?<brace>\{\{\{(?=\s*["'\d{}])|\{\{(?=\s*["'\d}]|\s+\{))`,
    String.raw`\{\{\{?(?<open>[~-]?)(?<output>(?:(?!\{\{)[\s\S])*?)(?<close>[~-]?)\}\}\}?`,
    String.raw`\{%(?<tagOpen>-?)(?<tag>\s*(?:if|elif|else|endif|for|endfor|set|endset|macro|endmacro|do|call|endcall|filter|endfilter|test|endtest|snapshot|endsnapshot|materialization|raw|endraw|block|endblock|import|include|from|extends|docs|enddocs)\b[\s\S]*?)(?<tagClose>-?)%\}`,
    String.raw`\{#(?<jinjaComment>[\s\S]*?)#\}`,
  ].join("|"),
  "g",
);

const habitOf = (text: string, match: RegExpMatchArray & { readonly index?: number }): Habit | undefined => {
  const start = match.index ?? 0;
  const end = start + match[0].length;
  const { comment, brace, output, tag, jinjaComment } = match.groups ?? {};
  if (brace !== undefined) return braceHabit(text, start, end);
  if (comment !== undefined) return comment.includes("{{") ? commentHabit(text, start, end, comment) : undefined;
  if (jinjaComment !== undefined)
    return jinja(start, end, "{# … #} is dbt's comment", `{{!--${jinjaComment}--}}`, "write {{!-- … --}}");
  if (tag !== undefined) return tagHabit(match, start, end, tag);
  return output === undefined ? undefined : outputHabit(match, start, end, output);
};

const jinja = (start: number, end: number, message: string, rewritten: string | undefined, advice: string): Habit => ({
  start,
  end,
  code: "template/dbt-syntax",
  message,
  rewritten,
  advice,
});

const tagHabit = (match: RegExpMatchArray, start: number, end: number, tag: string): Habit => {
  const keyword = /\w+/.exec(tag)?.[0] ?? "";
  const strips = { open: match.groups?.["tagOpen"] === "-", close: match.groups?.["tagClose"] === "-" };
  const rewritten = stripped(tagInHandlebars(tag), strips);
  return jinja(start, end, `{% ${keyword} %} is a tag of dbt's`, rewritten, ADVICE.get(keyword) ?? NO_JINJA);
};

const NO_JINJA =
  "Galley reads Handlebars: {{helper argument}}, {{#if x}}, {{#each list as |item|}}, {{> macro name=value}}";

const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    "set",
    "there are no variables: declare a var in project.yml, pass a parameter to a macro, or write {{#with value as |name|}} … {{/with}}",
  ],
  ["macro", "a macro is a file of its own, macros/<name>.sql, that begins with {{params …}}"],
  ["endmacro", "a macro is a file of its own, macros/<name>.sql, and ends with it"],
  ["snapshot", "a snapshot is declared in YAML"],
  ["test", "an own generic test is a file of its own, macros/tests/<kind>.sql, that begins with {{params …}}"],
]);

const outputHabit = (match: RegExpMatchArray, start: number, end: number, output: string): Habit | undefined => {
  // Blocks, macro calls and decorators are Handlebars' own, whatever is wrong in them.
  if (/^\s*[#^/>*&!]/.test(output)) return undefined;
  const strips = { open: match.groups?.["open"] === "-", close: match.groups?.["close"] === "-" };
  const bare = output.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, (quoted) => "_".repeat(quoted.length));
  const found = SIGNS.find(([sign]) => sign.test(bare));
  const message = found?.[1] ?? (strips.open || strips.close ? "{{- and -}} are dbt's whitespace control" : undefined);
  if (message === undefined) return undefined;
  return jinja(start, end, message, stripped(outputInHandlebars(output), strips), NO_JINJA);
};

/** Looked for outside of quotes. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/\|/, "a filter is dbt's"],
  [/^\s*[\w.]+\s+if\s+[\s\S]*\belse\b/, "a choice within braces is dbt's"],
  [/\s[-/]\s|\w-\d|[+*%]|\/\//, "braces do not calculate"],
  [/[\w.]\(/, "a call with brackets is dbt's"],
  [/==|!=|<|>/, "operators are dbt's"],
  [/~/, "~ between values is dbt's"],
  [/,/, "commas between arguments are dbt's"],
];

/** `{{-` is `{{~` here, which strips white space too. */
const stripped = (
  rewritten: string | undefined,
  { open, close }: { readonly open: boolean; readonly close: boolean },
): string | undefined => {
  if (rewritten === undefined || !/^\{\{[^{]/.test(rewritten) || rewritten.includes("}} … {{")) return rewritten;
  const opened = open ? rewritten.replace(/^\{\{/, "{{~") : rewritten;
  return close ? opened.replace(/\}\}$/, "~}}") : opened;
};

const commentHabit = (text: string, start: number, end: number, comment: string): Habit => {
  // What was meant to be the end is the next }} after the one that ended it.
  const closing = text.indexOf("}}", end);
  const isOnLine = closing >= 0 && !text.slice(end, closing).includes("\n");
  const meant = isOnLine ? `${comment}}}${text.slice(end, closing)}` : comment;
  return {
    start,
    end: isOnLine ? closing + 2 : end,
    code: "template/comment-ends-early",
    message: "this comment ends at the first }} within it",
    rewritten: `{{!--${meant}--}}`,
    advice: "write {{!-- … --}}",
  };
};

const ARRAY_TEXT = /^'(\{\{[\d\s.,{}-]*\}\})'(?:::\w+(?:\[\])+)?/;

const braceHabit = (text: string, start: number, end: number): Habit => {
  const quoted = text.charAt(start - 1) === "'" ? ARRAY_TEXT.exec(text.slice(start - 1)) : null;
  const common = { code: "template/brace-in-sql", message: "{{ begins a tag, and this is none" } as const;
  const advice = "write \\{{ for two plain braces";
  if (quoted?.[1] === undefined) return { ...common, start, end, rewritten: `\\${text.slice(start, end)}`, advice };
  const array = `array${quoted[1].replaceAll("{", "[").replaceAll("}", "]")}`;
  return { ...common, start: start - 1, end: start - 1 + quoted[0].length, rewritten: array, advice };
};

const diagnosticOf = (file: SourceFile, habit: Habit, all: readonly Habit[]): Diagnostic => {
  const { code, message, start, end, rewritten, advice } = habit;
  const help = rewritten === undefined ? advice : `write: ${rewrittenLine(file.text, habit, all)}`;
  return errorOf(code, message, { at: spanOf(file, start, end), help });
};

/** The line, or lines, that a habit stands on, with every habit on them rewritten. */
const rewrittenLine = (text: string, habit: Habit, all: readonly Habit[]): string => {
  const from = text.lastIndexOf("\n", habit.start - 1) + 1;
  const lineEnd = text.indexOf("\n", habit.end);
  const to = lineEnd < 0 ? text.length : lineEnd;
  let line = "";
  let at = from;
  for (const other of all) {
    if (other.start < at || other.end > to || other.rewritten === undefined) continue;
    line += text.slice(at, other.start) + other.rewritten;
    at = other.end;
  }
  return (line + text.slice(at, to)).replace(/\s*\n\s*/g, " ").trim();
};
