/** What can be wrong in `template`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const templateCodes = {
  "template/syntax": {
    exit: 2,
    title: "a tag is not well formed",
    explanation:
      "Templates are Handlebars: `{{helper argument name=value}}`, `{{#if x}} … {{else}} … {{/if}}`, `{{> macro name=value}}`. The place shows where reading stopped.",
  },
  "template/unclosed-block": {
    exit: 2,
    title: "a block is opened and not closed, or closed by another name",
    explanation: "Every `{{#if}}`, `{{#unless}}`, `{{#each}}` and `{{#with}}` needs its `{{/…}}`, innermost first.",
  },
  "template/not-supported": {
    exit: 2,
    title: "a form of Handlebars that Galley leaves out",
    explanation:
      "Decorators, block partials, inline partials, computed macro names and sections named after a value are left out: a macro is a file of its own, and a block is `if`, `unless`, `each` or `with`.",
  },
  "template/dbt-syntax": {
    exit: 2,
    title: "dbt's Jinja in a Handlebars template",
    explanation:
      "Galley's templates are Handlebars. The help shows the line as it is written here; the guide for dbt users has the whole table.",
  },
  "template/brace-in-sql": {
    exit: 2,
    title: "two braces that belong to SQL begin a tag",
    explanation:
      "`{{` begins a tag, also inside an SQL string. Write `\\{{` for two plain braces, or for an array `array[[1,2],[3,4]]`; a longer stretch can stand between `{{{{raw}}}}` and `{{{{/raw}}}}`.",
  },
  "template/comment-ends-early": {
    exit: 2,
    title: "a comment that holds a tag ends at that tag's braces",
    explanation: "`{{! … }}` ends at the first `}}`. Write `{{!-- … --}}` around text that holds tags.",
  },
  "template/misplaced-tag": {
    exit: 2,
    title: "{{config}} or {{params}} stands where it cannot",
    explanation:
      "`{{config …}}` stands once, at the top of a model or singular test; `{{params …}}` once, at the top of a macro.",
  },
  "template/bad-header": {
    exit: 2,
    title: "{{config}} holds what it cannot",
    explanation:
      "A header takes `name=value` with scalars and lists, of literals or vars. Structured keys (indexes, grants, constraints, columns …) go into the model's property file.",
  },
  "template/bad-params": {
    exit: 2,
    title: "{{params}} declares what it cannot",
    explanation:
      'Names of required parameters are quoted, optional ones have a default: `{{params "column" games=5}}`. A name is declared once and is not the name of a helper.',
  },
  "template/unknown-name": {
    exit: 2,
    title: "a name that means nothing here",
    explanation:
      'A bare name is a parameter of the macro, a field of the item of `#each` or `#with`, or a helper. A variable of the project is read with `{{var "name"}}`. A macro sees its own parameters only.',
  },
  "template/unknown-helper": {
    exit: 2,
    title: "no helper has this name",
    explanation: "The helpers are listed in the reference. A macro is called with `{{> name parameter=value}}`.",
  },
  "template/unknown-macro": {
    exit: 2,
    title: "no macro has this name",
    explanation: "A macro is a file of its own, `macros/<name>.sql`, and is called by that name.",
  },
  "template/unknown-var": {
    exit: 2,
    title: "a var that is not declared",
    explanation:
      'Vars are declared under `vars:` in project.yml; `--vars` changes the declared ones. `{{var "name" 5}}` gives a default for one that is not.',
  },
  "template/missing-env": {
    exit: 2,
    title: "an environment variable is not set",
    explanation: 'Set it, put it into `.env` beside project.yml, or give a default: `{{env_var "NAME" "value"}}`.',
  },
  "template/bad-arguments": {
    exit: 2,
    title: "a helper or block was given what it cannot take",
    explanation: "The message says what it takes; the reference has every helper with an example.",
  },
  "template/macro-arguments": {
    exit: 2,
    title: "a call does not fit the macro's parameters",
    explanation: "A macro takes the names that its `{{params …}}` declares; those without a default are required.",
  },
  "template/refused": {
    exit: 2,
    title: "a macro refuses what it is given",
    explanation: 'The message is the macro\'s own, written as `{{fail "why"}}`. The place is the call.',
  },
  "template/macro-too-deep": {
    exit: 2,
    title: "macros call each other without end",
    explanation: "A macro that calls itself needs an `{{#if}}` that ends it.",
  },
  "template/unsafe-print": {
    exit: 2,
    title: "a string from outside is printed as bare SQL",
    explanation:
      "A string that comes from `var`, `env_var` or `target` could be anything. Print it as a value with `literal` or as a name with `ident`; they quote, so no quotes stand around them.",
  },
  "template/not-printable": {
    exit: 2,
    title: "a value that is no SQL is printed",
    explanation: "Texts, numbers, booleans and references can be printed; lists, mappings and null cannot.",
  },
  "template/reference-in-comment": {
    exit: 2,
    title: "a reference stands inside an SQL comment",
    explanation:
      "Templates are evaluated before SQL is read, so a reference in a `--` or `/* */` comment still makes a parent. `{{!-- … --}}` comments it out.",
  },
} as const satisfies Record<string, CodeEntry>;
