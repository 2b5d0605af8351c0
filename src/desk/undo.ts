// Taking a commit back: the inverse of its changes, if nothing stands on them. Later changes of other columns don't
// matter; what does is named, with the commit that did it: a row that changed again, one that came to refer to what would
// end, one that ended and would be referred to, a name that somebody else bears. What a mail caused and what was sent
// can't be taken back, nor what is for good: a promotion.
import { conflict, usage } from "../errors.ts";
import { bearingOf, type Word, wordKey } from "./bears.ts";
import { type Cause, type Change, type Guard, invert, type TableName } from "./change.ts";
import { type Reach, reachOf } from "./refers.ts";

/** A commit as the log names it. */
export interface LoggedCommit {
  id: string;
  kind: Cause["kind"];
  by: string;
  what: string;
  at: number;
  undoneBy: string | null;
}

export interface UndoFacts {
  commit: LoggedCommit;
  changes: readonly Change[];
  /** Columns that are no longer as the commit left them; `later` is the commit that changed them. */
  differing: readonly { table: TableName; id: string; column: string; later: LoggedCommit | null }[];
  /** Rows that refer to rows which would be gone, merged or deleted. */
  standing: readonly Standing[];
  /** Rows to which it would refer again, and that are gone now, or merged or deleted where a living one is needed. */
  ended: readonly Standing[];
  /** Rows that bear a name which another one (`on`) would get back. */
  taken: readonly (Standing & { name: string })[];
  /** Rows to which it refers again, and rows that may not end meanwhile, as they were read. */
  relied: readonly { table: TableName; id: string; version: number }[];
  /** Rows (`table:id`) that bore a word already before it was defined, of those that it would take away. */
  bore: ReadonlySet<string>;
  /** Conversations that would go back to another ticket, with all that refers to them: nothing else may do so by then. */
  stays?: { ids: readonly string[]; except: ReadonlySet<string> };
  /** Mails with the commit's messages that left or may have left. */
  told: readonly { to: string; status: string }[];
  /** Messages that the commit made. */
  messageIds: readonly string[];
}

/** `table` and `id` stand in the way of what it does with `on`; `later` is the commit that brought it about. */
export interface Standing {
  table: TableName;
  id: string;
  on: { table: TableName; id: string };
  /** Where it is not an id but a word by which the one refers to the other. */
  word?: Word;
  later: LoggedCommit | null;
}

export interface Undo {
  changes: Change[];
  guards: Guard[];
  recalls: string[];
}

const namedMax = 5;

/** The changes that take it back; conflict with a sentence that names what stands in the way. */
export function undo(facts: UndoFacts): Undo {
  const { commit, changes, messageIds } = facts;
  refuseCause(commit);
  if (facts.told.length > 0) {
    const names = facts.told.slice(0, namedMax).map(({ to, status }) => `${to} (${status})`);
    const more = facts.told.length > namedMax ? ` and ${facts.told.length - namedMax} more` : "";
    throw conflict(`${commit.id} can't be taken back: its message went to ${names.join(", ")}${more}.`, {
      remedy: "Write to them again; `outbox list` shows what was sent.",
    });
  }
  const promotion = changes.find(isPromotion);
  if (promotion !== undefined)
    throw usage(`${commit.id} can't be taken back: it made an agent of a customer, and that is for good.`, {
      remedy: `To take that agent out of service: maildesk agent deactivate ${String(promotion.after?.mergedInto)}`,
    });
  const [lost] = changes.filter((change) => change.after === null && unloggedTables.has(change.table));
  if (lost !== undefined)
    throw conflict(`${commit.id} can't be taken back: it removed a ${lost.table}, whose words the log does not keep.`);
  const [differing] = facts.differing;
  if (differing !== undefined)
    throw inTheWay(commit, `${differing.table} ${differing.id} changed since (${differing.column})`, differing.later);
  const [standing] = facts.standing;
  if (standing !== undefined) throw inTheWay(commit, standsOnIt(standing), standing.later);
  const [ended] = facts.ended;
  if (ended !== undefined) throw inTheWay(commit, isNoMore(ended), ended.later);
  const [taken] = facts.taken;
  if (taken !== undefined)
    throw inTheWay(commit, `the name ${taken.name} belongs to ${taken.table} ${taken.id} now`, taken.later);
  const back = inverse(changes);
  return {
    changes: back,
    guards: [
      ...unreferenced(reachOf(back)),
      ...unborne(back, facts.bore),
      ...facts.relied.map(stillSo),
      ...staying(facts.stays),
    ],
    recalls: [...messageIds],
  };
}

/** What taking these back writes. */
export const inverse = (changes: readonly Change[]): Change[] =>
  invert(changes).map(keepTouched).filter(changesSomething);

/** One way (CUS-6): what the agent did since, and what others told them as one, is no customer's. */
const isPromotion = ({ table, after }: Change): boolean => table === "customer" && after?.state === "promoted";

const unloggedTables: ReadonlySet<TableName> = new Set(["message", "attachment"]);

function refuseCause({ id, kind, what, undoneBy }: LoggedCommit): void {
  if (undoneBy !== null)
    throw conflict(`${id} was taken back already, by ${undoneBy}.`, {
      remedy: `To take that back: maildesk undo ${undoneBy}`,
    });
  if (kind === "mail")
    throw usage(`${id} was caused by a mail, and what a mail caused can't be taken back.`, {
      remedy: "Change the ticket or the customer instead.",
    });
  if (kind === "final") throw usage(`${id} can't be taken back: ${what}.`);
  if (kind !== "command") throw usage(`${id} was no command, and only commands can be taken back.`);
}

function standsOnIt({ table, id, on, word }: Standing): string {
  if (word === undefined) return `${on.table} ${on.id} is in use: ${table} ${id} refers to it`;
  return word.of === "type"
    ? `the type ${word.word} is in use: ${table} ${id} is of it`
    : `the choice ${word.word} of ${on.table} ${on.id} is in use: ${table} ${id} is that`;
}

function isNoMore({ table, id, on, word }: Standing): string {
  if (word === undefined) return `${on.table} ${on.id} would belong to ${table} ${id} again, which is no more`;
  return word.of === "type"
    ? `${on.table} ${on.id} would be of the type ${word.word} again, which is no more`
    : `${on.table} ${on.id} would be ${word.word} again, which is no choice of ${table} ${id} any more`;
}

function inTheWay(commit: LoggedCommit, what: string, later: LoggedCommit | null): Error {
  const by = later === null ? "" : `, by ${later.id} (${later.what}, ${later.by})`;
  const remedy =
    later === null ? {} : later.kind === "command" ? { remedy: `Take that back first: maildesk undo ${later.id}` } : {};
  return conflict(`${commit.id} can't be taken back: ${what}${by}.`, remedy);
}

/** Rows that end, unless somebody began to use them meanwhile. */
const unreferenced = ({ ends, own }: Reach): Guard[] =>
  ends.map(({ table, id, isGone }) => ({ kind: "unreferenced", table, id, except: own, live: !isGone }));

/** Words that are no more, unless somebody came to bear them meanwhile. */
function unborne(back: readonly Change[], bore: ReadonlySet<string>): Guard[] {
  const { lost, given, own } = bearingOf(back);
  const except = new Set([...own, ...bore]);
  return lost.flatMap(({ word }) => (given.has(wordKey(word)) ? [] : [{ kind: "unborne", word, except }]));
}

const staying = (stays: UndoFacts["stays"]): Guard[] =>
  (stays?.ids ?? []).map((id) => ({
    ...{ kind: "unreferenced", table: "conversation", id },
    except: stays?.except ?? new Set(),
  }));

const stillSo = (row: UndoFacts["relied"][number]): Guard => ({ kind: "version", ...row });

/** When a row was last touched is no earlier for being taken back. */
function keepTouched(change: Change): Change {
  if (change.before === null || change.after === null) return change;
  const { updatedAt: _before, ...before } = change.before;
  const { updatedAt: _after, ...after } = change.after;
  return { ...change, before, after };
}

const changesSomething = (change: Change): boolean =>
  change.before === null || change.after === null || Object.keys(change.after).length > 0;
