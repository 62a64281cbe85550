/** What was thrown while a file was read, as a Diagnostic; undefined for anything else. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { RowTooLongError } from "../../lib/csv-read.ts";

/** A session that copies from a file passes the file's failure on as the cause of its own. */
export const readFailure = (error: unknown, label: string): Diagnostic | undefined =>
  fileFailure(error, label) ?? (error instanceof Error ? fileFailure(error.cause, label) : undefined);

const fileFailure = (error: unknown, label: string): Diagnostic | undefined => {
  if (error instanceof RowTooLongError) {
    return errorOf("ingest/row-too-long", `${label}: ${error.message}`, {
      help: "probably a quotation opens there and never closes",
    });
  }
  if (error instanceof Error && error.name === "AbortError") return stopped(label);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT") return errorOf("ingest/cannot-read", `there is no file ${label}`);
  if (code === "EACCES" || code === "EPERM") return errorOf("ingest/cannot-read", `no permission to read ${label}`);
  if (code === "EISDIR") return errorOf("ingest/cannot-read", `${label} is a folder`);
  if (code.startsWith("Z_")) {
    return errorOf("ingest/cannot-read", `${label} is damaged: the gzip data cannot be unpacked`, {
      help: "was the download or the copy complete? `gzip -t` tells",
    });
  }
  if (code === "EIO" || code === "ENOSPC") return errorOf("ingest/cannot-read", `${label} cannot be read: ${code}`);
  return undefined;
};

/** By the command, or by the server at its request: whichever hears of it first. */
export const stopped = (label: string, how?: string): Diagnostic =>
  errorOf("ingest/cannot-read", `reading ${label} was stopped; nothing of it was kept`, { help: how });
