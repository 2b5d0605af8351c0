// How an engine would run the statements that a worker sent it: for each its plan in a few words, and which large tables
// it would read from end to end. A prepared statement is planned for the values of its first run, and on PostgreSQL for
// any values as well, as the server may do either.
import { readFileSync } from "node:fs";
import { type Outside, openOutside, type Value } from "./outside.ts";

/** As count-statements.mjs writes them. */
export interface Counted {
  text: string;
  runs: number;
  values: (Value | Value[])[];
}

export interface Plan extends Counted {
  /** Each step in a few words. */
  steps: string[];
  /** Large tables that it would read whole. */
  scans: string[];
}

interface Steps {
  steps: string[];
  /** Tables that are read from end to end. */
  whole: string[];
}

/** Tables of more rows must not be read whole for one mail. */
const fewRows = 1_000;
/** An index over some of the rows, such as what waits, is as short as they are few. */
const isPartial = (index: string): boolean => index.endsWith("_some");
const hasPlan = /^\s*(select|with|update|delete)\b/i;

export const readCounted = (file: string): Counted[] => JSON.parse(readFileSync(file, "utf8")) as Counted[]; // count-statements.mjs wrote it

/** The plans of those that have one, the most frequent first. */
export async function plansOf(url: string, counted: readonly Counted[]): Promise<Plan[]> {
  const desk = await openOutside(url);
  try {
    const large = await largeTables(desk);
    const plans: Plan[] = [];
    for (const statement of counted.filter(({ text }) => hasPlan.test(text))) {
      const { steps, whole } = desk.isPostgres
        ? await postgresSteps(desk, statement)
        : await sqliteSteps(desk, statement);
      plans.push({ ...statement, steps, scans: whole.filter((table) => large.has(table)) });
    }
    return plans.sort((a, b) => b.runs - a.runs);
  } finally {
    await desk.close();
  }
}

/** `times it ran for a mail | what it asks | its plan`. */
export function shownPlan({ text, runs, steps, scans }: Plan, mails: number): string {
  const short = text
    .replace(/\s+/g, " ")
    .replace(/select .*? from /, "select .. from ")
    .replaceAll('"', "");
  const flag = scans.length === 0 ? "" : `READS ALL OF ${scans.join(", ")}: `;
  return `${(runs / mails).toFixed(2).padStart(6)} a mail | ${flag}${short.slice(0, 160)} | ${steps.join("; ")}`;
}

async function largeTables(desk: Outside): Promise<Set<string>> {
  const names = desk.isPostgres
    ? await desk.rows(`select "tablename" as "name" from "pg_tables" where "schemaname" = current_schema()`)
    : await desk.rows(`select "name" from "sqlite_master" where "type" = 'table'`);
  const large = new Set<string>();
  for (const { name } of names) {
    const some = `select count(*) from (select 1 from "${String(name)}" limit ${fewRows + 1}) "some"`;
    if ((await desk.number(some)) > fewRows) large.add(String(name));
  }
  return large;
}

async function sqliteSteps(desk: Outside, { text, values }: Counted): Promise<Steps> {
  const rows = await desk.rows(`explain query plan ${text}`, ...values.flat());
  const steps = rows.map(({ detail }) => String(detail));
  const whole = steps.flatMap((step) => {
    const scan = /^SCAN (\S+)(?: USING (?:COVERING )?INDEX (\S+))?/.exec(step);
    return scan === null || isPartial(scan[2] ?? "") ? [] : [scan[1] ?? ""];
  });
  return { steps, whole };
}

interface Node {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  Plans?: Node[];
}

async function postgresSteps(desk: Outside, { text, values }: Counted): Promise<Steps> {
  await desk.run(`prepare "planned" as ${text}`);
  const list = values.length === 0 ? "" : `(${values.map(literal).join(", ")})`;
  const found = new Map<string, Steps>();
  for (const mode of ["force_custom_plan", "force_generic_plan"]) {
    await desk.run(`set plan_cache_mode = ${mode}`);
    const [row] = await desk.rows(`explain (format json) execute "planned"${list}`);
    const tops = (row?.["QUERY PLAN"] ?? []) as unknown as { Plan: Node }[]; // PostgreSQL, EXPLAIN, format json
    const steps: Steps = { steps: [], whole: [] };
    for (const { Plan: top } of tops) walk(top, steps);
    found.set(steps.steps.join("; "), steps);
  }
  await desk.run(`deallocate "planned"`);
  const all = [...found.values()];
  return {
    steps: all.length === 1 ? (all[0]?.steps ?? []) : all.map(({ steps }) => `[${steps.join("; ")}]`),
    whole: [...new Set(all.flatMap(({ whole }) => whole))],
  };
}

function walk(node: Node, steps: Steps): void {
  const { "Node Type": type, "Relation Name": table, "Index Name": index, "Index Cond": condition } = node;
  const isWhole =
    type === "Seq Scan" || (type.startsWith("Index") && condition === undefined && !isPartial(index ?? ""));
  if (isWhole && table !== undefined) steps.whole.push(table);
  if (type !== "Limit" && type !== "Result")
    steps.steps.push([type, table, index === undefined ? undefined : `by ${index}`].filter(Boolean).join(" "));
  for (const child of node.Plans ?? []) walk(child, steps);
}

function literal(value: Value | Value[]): string {
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  const text = Array.isArray(value) ? `{${value.join()}}` : String(value);
  return `'${text.replaceAll("'", "''")}'`;
}
