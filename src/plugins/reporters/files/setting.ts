/** What a report needs to know beside the run. */
export type ReportSetting = {
  /** From the repository's root to the project, ending in `/`; empty where they are the same: CI names files from there. */
  readonly pathPrefix: string;
  /** Galley's own. */
  readonly version: string;
};
