// `maildesk message show | release | flag | redact`: one message by its id. What is flagged reaches no customer until somebody
// releases it (MAIL-8); what is redacted nobody reads any more, and that can't be undone (TIC-6).
import type { Command } from "commander";
import { present } from "../desk/change.ts";
import { flagMessage } from "../desk/release.ts";
import type { Cli, DeskSession } from "./context.ts";
import { messageNamed, placeOf } from "./message-named.ts";
import { registerMessageRedact } from "./message-redact.ts";
import { registerMessageRelease } from "./message-release.ts";
import { messageJson, showMessage } from "./message-shown.ts";
import { noun, verb } from "./verb.ts";

const example = "msg_01jd0000000000000000000000";

export function registerMessage(program: Command, cli: Cli): void {
  const message = noun(program, "message", "Single messages of tickets and conversations, by their ids.");
  verb(message, "show <message>", "Show one message, with where it stands.", [`message show ${example}`])
    .option("--all", "the whole text, with what it quotes")
    .action((ref: string, options: { all?: boolean }) =>
      cli.withDesk((desk) => show(desk, cli, ref, options.all === true)),
    );
  registerMessageRelease(message, cli);
  verb(message, "flag <message>", "Show a message to no customer until it is released; mails with it don't leave.", [
    `message flag ${example}`,
    `message flag ${example} --reason 'Another customer is named'`,
  ])
    .option("--reason <text>", "why, for those who find it so")
    .action((ref: string, options: { reason?: string }) =>
      cli.withDesk((desk) => flag(desk, cli, ref, options.reason)),
    );
  registerMessageRedact(message, cli);
}

async function show(desk: DeskSession, { out }: Cli, ref: string, all: boolean): Promise<void> {
  const found = await messageNamed(desk, ref);
  const { message, conversation, ticket } = found;
  if (out.isJson)
    return out.json({ ...messageJson(message), conversation: conversation.id, ticket: ticket?.number ?? null });
  out.line(`${message.id}  on ${placeOf(found)}`);
  showMessage(out, message, all);
}

async function flag(desk: DeskSession, { out }: Cli, ref: string, reason: string | undefined): Promise<void> {
  const done = await desk.change(`message flag ${ref}`, async () => {
    const { message, conversation } = await messageNamed(desk, ref);
    const { visibility: _visibility, attachments: _attachments, ...row } = message;
    const change = flagMessage(row, conversation, reason?.trim() || `flagged by ${desk.actor}`);
    return {
      changes: present([change]),
      guards: [{ kind: "version" as const, table: "message" as const, id: row.id, version: row.version }],
      result: change !== null,
    };
  });
  if (done === null) return;
  const { message } = await messageNamed(desk, ref);
  if (out.isJson) return out.json(messageJson(message));
  if (!done) return out.note(`${message.id} is flagged already: ${message.flag ?? ""}.`);
  const { mails } = await desk.app.lists.stillTold(message.id);
  out.note(`No customer sees ${message.id} now${mails > 0 ? ", and mails with it that wait don't leave" : ""}.`);
}
