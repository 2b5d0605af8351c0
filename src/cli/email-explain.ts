// `maildesk email explain`: why a stored mail became what it is, step by step, and who was told with what success.
import type { Command } from "commander";
import type { App } from "../app.ts";
import type { Cli } from "./context.ts";
import { addressIn, emailByRef, emailJson, goneText, reasonText } from "./email-rows.ts";
import { page, traceLines } from "./explanation.ts";
import { isoTime, shortTime } from "./output.ts";
import { verb } from "./verb.ts";

type Told = Awaited<ReturnType<App["lists"]["emailTold"]>>[number];

export function registerEmailExplain(email: Command, cli: Cli): void {
  verb(email, "explain <mail>", "Say why a mail became what it is, and who was told of it.", [
    "email explain eml_01jd...",
    "email explain '<CAF=x1@mail.example.com>' --json",
  ]).action(async (ref: string) => {
    await cli.withDesk(async (desk) => {
      const found = await emailByRef(desk, ref, cli.out);
      const told = await desk.app.lists.emailTold(found);
      const conversation = await desk.app.lists.emailConversation(found);
      if (cli.out.isJson) {
        cli.out.json({
          ...emailJson(found),
          conversation,
          text: reasonText(found),
          duplicateOf: found.duplicateOf,
          decidedAt: isoTime(found.decidedAt),
          trace: found.trace,
          told: told.map(toldJson),
        });
        return;
      }
      const noTicket = conversation === null ? "" : ` in ${conversation}`;
      const where = found.ticket === null ? noTicket : ` on #${found.ticket}`;
      cli.out.line(`${found.id}: ${found.status}${found.reason === null ? "" : ` (${found.reason})`}${where}`);
      for (const line of page(reasonText(found), "  ")) cli.out.line(line);
      cli.out.line("");
      const head = [
        { step: "from", text: addressIn(found.sender) },
        { step: "subject", text: found.subject },
        { step: "received", text: `${shortTime(found.receivedAt)} by ${found.mailbox} (${found.arrival})` },
      ];
      for (const line of traceLines([...head, ...found.trace])) cli.out.line(line);
      const gone = goneText(found);
      if (gone !== null) for (const line of traceLines([{ step: "original", text: gone }])) cli.out.line(line);
      if (told.length > 0) cli.out.line("");
      for (const line of traceLines(told.map((one) => ({ step: "told", text: toldText(one) })))) cli.out.line(line);
    });
  });
}

const toldJson = ({ kind, outboxId, to, status, reason, attempts, response, at }: Told) => ({
  kind,
  outbox: outboxId,
  to,
  status: shownAs(status),
  reason,
  attempts,
  response,
  at: isoTime(at),
});

/** What a worker has in its hands is queued for everybody else. */
const shownAs = (status: string): string => (status === "sending" || status === "handing" ? "queued" : status);

function toldText({ kind, to, status, reason, attempts, response, at }: Told): string {
  if (to === null) {
    const words: Record<string, string> = {
      waiting: `waits to be expanded, not before ${shortTime(at)}`,
      recalled: "was recalled before anybody was told",
      dropped: "was dropped, as its ticket was merged before anybody was told",
    };
    return `${kind}: ${words[status] ?? status}`;
  }
  const why = reason === null ? "" : `: ${reason}`;
  const tries = attempts > 1 ? ` after ${attempts} attempts` : "";
  if (status === "sent")
    return `${kind} to ${to}: sent ${shortTime(at)}${tries}${response === null ? "" : ` (${response})`}`;
  return `${kind} to ${to}: ${shownAs(status)}${tries}${why}`;
}
