/** Where a run connects, and with what names. */
export type Target = EmbeddedTarget | PostgresTarget;

type TargetCommon = {
  readonly name: string;
  readonly threads: number;
  /** Taken literally before every schema that Galley owns, its bookkeeping included; "" for none. */
  readonly schemaPrefix: string;
  /** Schemas of extensions, after pg_catalog, on the search_path of model SQL. */
  readonly searchPath: readonly string[];
  readonly lockTimeoutMs: number;
  readonly publishTimeoutMs: number;
  readonly oldSnapshotWaitMs: number;
  /** How often a step of a run is tried again after what may pass by itself. */
  readonly retries: number;
};

type EmbeddedTarget = TargetCommon & { readonly type: "embedded" };

type PostgresTarget = TargetCommon & {
  readonly type: "postgres";
  readonly connection: ConnectionFacts;
  /** SET ROLE after connecting. */
  readonly role: string | undefined;
};

/** Secret: never printed, never an event, never in the manifest that is stored. */
export type ConnectionFacts =
  | { readonly kind: "url"; readonly url: string }
  | {
      readonly kind: "parts";
      readonly host: string | undefined;
      readonly port: number | undefined;
      readonly user: string | undefined;
      readonly password: string | undefined;
      readonly dbname: string | undefined;
      readonly sslmode: string | undefined;
    };

/** What templates may know of the target. */
export type TargetFacts = {
  readonly name: string;
  readonly type: string;
  readonly schema: string;
  readonly schema_prefix: string;
  readonly threads: number;
};

export const DEFAULT_THREADS = 4;
export const DEFAULT_LOCK_TIMEOUT_MS = 200;
export const DEFAULT_PUBLISH_TIMEOUT_MS = 120_000;
export const DEFAULT_OLD_SNAPSHOT_WAIT_MS = 30_000;
export const DEFAULT_RETRIES = 3;
