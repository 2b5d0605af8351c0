// What can go wrong, in seven kinds, and what each means for the caller: try again, give up, tell the administrator.
// A verdict about a mail is never an error: errors are for I/O, for people's input, and for bugs.
// Exit codes follow sysexits.h, as mail transfer agents read them (75 = try again).

export type ErrorKind =
  | "temporary" // the same call may succeed later: retry by the row's schedule
  | "permanent" // it will never succeed: record and stop
  | "operator" // a person must mend something (password, disk, configuration of a server): pause, spend no attempts
  | "conflict" // somebody else changed what the decision relied on, or owns what was asked for
  | "usage" // the command was called wrongly
  | "data" // the input is not what it claims to be
  | "configuration"; // maildesk.yaml or the environment is wrong

const exitCodes: Record<ErrorKind, number> = {
  temporary: 75,
  permanent: 1,
  operator: 69,
  conflict: 1,
  usage: 64,
  data: 65,
  configuration: 78,
};

/** One sentence for a person, the remedy where there is one, and the private cause for the log. */
export class MaildeskError extends Error {
  readonly kind: ErrorKind;
  /** What the person should do, as an imperative sentence; printed on a line of its own. */
  readonly remedy: string | null;
  /** A word for machines: `ECONNREFUSED`, `550`, `guard`. */
  readonly code: string | null;

  constructor(kind: ErrorKind, message: string, more: ErrorMore = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = "MaildeskError";
    this.kind = kind;
    this.remedy = more.remedy ?? null;
    this.code = more.code ?? null;
  }
}

export interface ErrorMore {
  remedy?: string;
  code?: string;
  cause?: unknown;
}

export const temporary = (message: string, more?: ErrorMore) => new MaildeskError("temporary", message, more);
export const permanent = (message: string, more?: ErrorMore) => new MaildeskError("permanent", message, more);
export const operator = (message: string, more?: ErrorMore) => new MaildeskError("operator", message, more);
export const conflict = (message: string, more?: ErrorMore) => new MaildeskError("conflict", message, more);
export const usage = (message: string, more?: ErrorMore) => new MaildeskError("usage", message, more);
export const badData = (message: string, more?: ErrorMore) => new MaildeskError("data", message, more);
export const configuration = (message: string, more?: ErrorMore) => new MaildeskError("configuration", message, more);

/** True for an error of ours of that kind. */
export function isKind(error: unknown, kind: ErrorKind): error is MaildeskError {
  return error instanceof MaildeskError && error.kind === kind;
}

/** The process exit code for any thrown value; an error that is not ours is a bug: 70 (EX_SOFTWARE). */
export function exitCode(error: unknown): number {
  return error instanceof MaildeskError ? exitCodes[error.kind] : 70;
}

/** One sentence, plus the remedy on a second line where there is one. Never a stack, never a secret. */
export function sentence(error: unknown): string {
  if (error instanceof MaildeskError) {
    return error.remedy === null ? error.message : `${error.message}\n  ${error.remedy}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** The system's error word (`ENOENT`, `ECONNREFUSED`) of any thrown value, or null. */
export function systemCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : null;
}
