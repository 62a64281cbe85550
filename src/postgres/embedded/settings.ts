/** How the embedded server is set up: arguments of `postgres`, which hold whatever a data folder's own files say. */

export type ServerSettings = {
  readonly parameters: Readonly<Record<string, string>>;
  /** Shown by `db ls` and ended by `db stop --all`. Whoever starts one that is not, ends it. */
  readonly isListed: boolean;
};

/** Commits are asynchronous but for sessions that publish, ingest or migrate; fsync stays on. */
export const EMBEDDED_SETTINGS: ServerSettings = {
  isListed: true,
  parameters: {
    shared_buffers: "256MB",
    // Sorts and hashes of a hundred thousand rows stay in memory, in each of a few sessions.
    work_mem: "32MB",
    // Compiling costs more than it saves on tables of a laptop's size, where a build has it at all.
    jit: "off",
    max_connections: "50",
    max_locks_per_transaction: "256",
    wal_level: "minimal",
    max_wal_senders: "0",
    synchronous_commit: "off",
    max_wal_size: "2GB",
    client_connection_check_interval: "5s",
    timezone: "UTC",
  },
};

/** For data that nobody will miss: a crash loses them. */
export const THROWAWAY_SETTINGS: ServerSettings = {
  isListed: false,
  parameters: { ...EMBEDDED_SETTINGS.parameters, fsync: "off", full_page_writes: "off", max_connections: "200" },
};

/** Ours on every server, so that it can be told from any other. */
export type Marks = {
  readonly port: number;
  readonly clusterName: string;
  /** dev:ino of the data folder. */
  readonly directory: string;
  /** dev:ino of the program, then its path: an installation that replaced it shows. */
  readonly binary: string;
  readonly project: string;
};

export const serverArguments = (data: string, settings: ServerSettings, marks: Marks): readonly string[] => {
  const all: readonly (readonly [string, string])[] = [
    ["listen_addresses", "127.0.0.1"],
    ["port", String(marks.port)],
    ["unix_socket_directories", "."],
    ["log_line_prefix", "%m [%p] "],
    ["logging_collector", "off"],
    ["log_destination", "stderr"],
    ["cluster_name", marks.clusterName],
    ...Object.entries(settings.parameters),
    ["galley.dir", marks.directory],
    ["galley.bin", marks.binary],
  ];
  // Last, because ps does not show where an argument with spaces ends.
  const project: readonly (readonly [string, string])[] = settings.isListed ? [["galley.project", marks.project]] : [];
  return ["-D", data, ...[...all, ...project].flatMap(([name, value]) => ["-c", `${name}=${value}`])];
};

/** Begins the title of each of the server's processes, also after the server itself was killed. */
export const clusterNameOf = (directory: string): string => `galley-${directory.replace(":", "-")}`;
