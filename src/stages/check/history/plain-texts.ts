/** How values are written, whatever the server's settings are: a photograph is compared as text. */
import { sql } from "../../../domain/sql.ts";

export const PLAIN_TEXTS = sql`set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres'; set local bytea_output = 'hex'; set local extra_float_digits = 1; set local jit = off`;
