/** How a publish can end. */
import { type Diagnostic, errorOf } from "../../../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../../../domain/exit-code.ts";

export type Published =
  | {
      readonly kind: "published";
      readonly relations: number;
      readonly lockedMs: number;
      readonly waitedMs: number;
      readonly attempts: number;
    }
  | Refused;

export type Refused = {
  /** `unknown`: COMMIT was sent, and nobody could be asked what became of it. */
  readonly kind: "refused" | "unknown";
  readonly exit: ExitCode;
  readonly diagnostics: readonly Diagnostic[];
};

export const refused = (diagnostics: readonly Diagnostic[]): Refused => ({
  kind: "refused",
  exit: exitOf(diagnostics),
  diagnostics,
});

export const cancelled = (): Refused =>
  refused([errorOf("execute/cancelled", "cancelled before publish: live is unchanged")]);
