/** The SQLSTATEs that Galley acts upon, by name. */

export const SQLSTATE = {
  lockNotAvailable: "55P03",
  deadlockDetected: "40P01",
  serializationFailure: "40001",
  queryCanceled: "57014",
  undefinedTable: "42P01",
  undefinedColumn: "42703",
  /** A write in a read-only transaction, or on a replica. */
  readOnly: "25006",
  undefinedSchema: "3F000",
  duplicateTable: "42P07",
  insufficientPrivilege: "42501",
  dependentObjects: "2BP01",
  notNullViolation: "23502",
  foreignKeyViolation: "23503",
  uniqueViolation: "23505",
  checkViolation: "23514",
  diskFull: "53100",
  outOfMemory: "53200",
  tooManyConnections: "53300",
  cannotConnectNow: "57P03",
  invalidParameterValue: "22023",
  wrongObjectType: "42809",
  objectNotInPrerequisiteState: "55000",
  cannotCast: "42846",
  /** No unique constraint matches the referenced columns. */
  invalidForeignKey: "42830",
} as const;

/** The data, not the SQL, is wrong: a constraint said so. */
export const isConstraintViolation = (sqlstate: string): boolean => sqlstate.startsWith("23");

/** The session is gone, or none could be had: nothing that is sent again on it can work. */
export const isConnectionLoss = (sqlstate: string): boolean =>
  sqlstate.startsWith("08") ||
  ["57P01", "57P02", "57P03", "57P05", "53300", "28000", "28P01", "3D000"].includes(sqlstate);

/** Not even a refusal came: whether there is a server at all is not known. */
export const isSilence = (sqlstate: string): boolean => sqlstate.startsWith("08");

/** Cancelled, lost, or crossed with another's locks: whoever runs the step knows what to do, and its SQL is not to blame. */
export const isNoFault = (sqlstate: string): boolean =>
  sqlstate === SQLSTATE.queryCanceled || isConnectionLoss(sqlstate) || isTransient(sqlstate);

/** May pass by itself: the same step may work when it is tried again. */
export const isTransient = (sqlstate: string): boolean =>
  sqlstate.startsWith("08") ||
  ["57P01", "57P02", "57P03", "53300", SQLSTATE.deadlockDetected, SQLSTATE.serializationFailure].includes(sqlstate);
