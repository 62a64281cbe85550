/** How this room stops: a Diagnostic is thrown inside it, and becomes an Outcome at its wall. */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { DiagnosticCode } from "../../domain/codes.ts";
import { type Diagnostic, type DiagnosticDetail, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";

class Refusal extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

export const refuse = (code: DiagnosticCode, message: string, detail: DiagnosticDetail = {}): never => {
  throw new Refusal(errorOf(code, message, detail));
};

/** Runs `work`; what it refused, and what the filesystem refused it, comes back as diagnostics. */
export const guarded = async <T>(place: string, work: () => Promise<T>): Promise<Outcome<T>> => {
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof Refusal) return failed(error.diagnostic);
    const diagnostic = await ofFilesystem(error as NodeJS.ErrnoException, place);
    if (diagnostic === undefined) throw error;
    return failed(diagnostic);
  }
};

export const isRefusal = (error: unknown): boolean => error instanceof Refusal;

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Undefined instead of an error of one of these codes. */
export const unless = async <T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
};

export const diskFull = async (place: string): Promise<Diagnostic> => {
  const free = await freeMegabytes(place);
  return errorOf("embedded/disk-full", `no space left for ${place}${free === undefined ? "" : ` (${free} MB free)`}`, {
    help: "free some space and run again: what was committed is safe",
  });
};

export const refuseWith = (diagnostic: Diagnostic): never => {
  throw new Refusal(diagnostic);
};

/** Of the nearest folder above that is there. */
export const freeMegabytes = async (place: string): Promise<number | undefined> => {
  try {
    const { bavail, bsize } = await statfs(place);
    return Math.floor((bavail * bsize) / 1_048_576);
  } catch {
    return dirname(place) === place ? undefined : freeMegabytes(dirname(place));
  }
};

const ofFilesystem = async (error: NodeJS.ErrnoException, place: string): Promise<Diagnostic | undefined> => {
  const path = error.path ?? place;
  switch (error.code) {
    case "ENOSPC":
    case "EDQUOT":
      return diskFull(place);
    case "EROFS":
      return errorOf("embedded/read-only", `${path} is on a read-only filesystem`, {
        help: "mount it writable, or use a server of your own with --target",
      });
    case "EACCES":
    case "EPERM":
      return errorOf(
        "embedded/read-only",
        `${path} cannot be written or read (${error.code} on ${error.syscall ?? "it"})`,
        {
          help: "make the folder writable for this user, or use a server of your own with --target",
        },
      );
    default:
      return undefined;
  }
};
