/** What contracts lack without which nothing can be held to them. */
import type { Contract } from "../../domain/config.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Declared, DeclaredModel } from "./declare.ts";

export const checkContracts = ({ models }: Pick<Declared, "models">): readonly Diagnostic[] =>
  models.flatMap((model) => (model.config.contract === undefined ? [] : wrongIn(model, model.config.contract)));

const wrongIn = ({ name, config, properties }: DeclaredModel, { at }: Contract): readonly Diagnostic[] => {
  const wrong = (message: string, help: string, span = at): Diagnostic =>
    errorOf("link/bad-contract", message, { at: span, help });
  if (config.materialized === "ephemeral")
    return [wrong(`\`${name}\` is ephemeral and can have no contract`, "make it a view or a table")];
  const columns = properties?.columns ?? [];
  if (columns.length === 0)
    return [
      wrong(`the contract of \`${name}\` has no columns`, "list them under `columns:`, each with its `data_type`"),
    ];
  return columns.flatMap((column) =>
    column.dataType === undefined
      ? [
          wrong(
            `column \`${column.name.value}\` of the contract needs a \`data_type\``,
            "any type that PostgreSQL knows, as in `data_type: numeric(10, 2)`",
            column.name.span,
          ),
        ]
      : [],
  );
};
