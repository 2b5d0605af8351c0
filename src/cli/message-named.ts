// The message that a command names: by its id, which `ticket show` and `conversation show` print.
import type { App } from "../app.ts";
import { usage } from "../errors.ts";
import type { DeskSession } from "./context.ts";

export type MessageFound = NonNullable<Awaited<ReturnType<App["lists"]["messageFound"]>>>;

/** Rejects with usage where there is none. */
export async function messageNamed({ app }: Pick<DeskSession, "app">, ref: string): Promise<MessageFound> {
  const found = await app.lists.messageFound(ref.trim());
  if (found !== null) return found;
  throw usage(`There is no message "${ref}".`, {
    remedy: "Name it by its id (msg_...): `maildesk ticket show N --all` prints those of its messages.",
  });
}

/** `#12`, or the conversation that has no ticket. */
export const placeOf = ({ ticket, conversation }: MessageFound): string =>
  ticket === null ? `conversation ${conversation.id}` : `#${ticket.number}`;
