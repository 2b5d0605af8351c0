// The texts that maildesk brings along, by language: data only, meant to be changed (`maildesk template set`). They are
// templates like the desk's own. Whoever adds a language adds its marker in mail/reply-marker as well; a test compares.
import type { BuiltInLanguage } from "./language.ts";
import type { TemplateKind } from "./template.ts";

interface BuiltIn {
  subject: string;
  text: string;
}

/** What the house itself says around quoted and passed-on words; `NAME` and `WHEN` are put in. */
export interface Phrases {
  wrote: string;
  wroteAt: string;
  /** Whoever has no name, or an address in its place. */
  somebody: string;
  cut: string;
  /** COUNT older messages don't go along. */
  left: string;
}

const subject = "{{ticket.subject}}";
const message = { subject, text: "{{message.text}}\n" };
const none = { subject: "", text: "" };
const signature = {
  subject: "",
  text: "-- \n{% if agent.signature %}{{agent.signature}}\n{% elsif agent.name %}{{agent.name}}\n{% endif %}{{desk.name}}\n",
};
const everyMessage = { reply: message, "customer-message": message, project: message, conversation: message };
const parts = { header: none, signature };

export const builtIn: Readonly<Record<BuiltInLanguage, Readonly<Record<TemplateKind, BuiltIn>>>> = {
  en: {
    ...everyMessage,
    ...parts,
    acknowledgement: {
      subject,
      text: `Hello {{customer.name}},

we received your message and it has the number {{ticket.number}}. A person will read it and answer you.

To add something, answer this mail.

{{desk.name}}
`,
    },
    closing: {
      subject,
      text: `Hello {{customer.name}},

we closed your request number {{ticket.number}}. If something is still open, answer this mail and we take it up again.

{{desk.name}}
`,
    },
    shared: { subject: "", text: "Whatever you answer to this mail is sent to everybody who got it." },
  },
  de: {
    ...everyMessage,
    ...parts,
    acknowledgement: {
      subject,
      text: `Guten Tag {{customer.name}},

Ihre Nachricht ist bei uns eingegangen und hat die Nummer {{ticket.number}}. Wir lesen sie und antworten Ihnen persönlich.

Möchten Sie etwas ergänzen, antworten Sie einfach auf diese E-Mail.

{{desk.name}}
`,
    },
    closing: {
      subject,
      text: `Guten Tag {{customer.name}},

wir haben Ihre Anfrage mit der Nummer {{ticket.number}} abgeschlossen. Ist noch etwas offen, antworten Sie einfach auf diese E-Mail, dann kümmern wir uns weiter darum.

{{desk.name}}
`,
    },
    shared: { subject: "", text: "Was Sie auf diese E-Mail antworten, erhalten alle, die sie bekommen haben." },
  },
  fr: {
    ...everyMessage,
    ...parts,
    acknowledgement: {
      subject,
      text: `Bonjour {{customer.name}},

Nous avons bien reçu votre message, enregistré sous le numéro {{ticket.number}}. Une personne de notre équipe va le lire et vous répondre.

Pour ajouter une précision, il vous suffit de répondre à cet e-mail.

{{desk.name}}
`,
    },
    closing: {
      subject,
      text: `Bonjour {{customer.name}},

Nous avons clos votre demande numéro {{ticket.number}}. S'il reste un point à régler, répondez simplement à cet e-mail et nous la reprendrons.

{{desk.name}}
`,
    },
    shared: {
      subject: "",
      text: "Votre réponse à cet e-mail sera envoyée à toutes les personnes qui l'ont reçu.",
    },
  },
  es: {
    ...everyMessage,
    ...parts,
    acknowledgement: {
      subject,
      text: `Hola {{customer.name}}:

Hemos recibido su mensaje y le hemos asignado el número {{ticket.number}}. Una persona de nuestro equipo lo leerá y le responderá.

Si desea añadir algo, responda a este correo.

{{desk.name}}
`,
    },
    closing: {
      subject,
      text: `Hola {{customer.name}}:

Hemos cerrado su solicitud número {{ticket.number}}. Si queda algo pendiente, responda a este correo y la retomaremos.

{{desk.name}}
`,
    },
    shared: { subject: "", text: "Lo que responda a este correo llegará a todas las personas que lo han recibido." },
  },
};

export const phrases: Readonly<Record<BuiltInLanguage, Phrases>> = {
  en: {
    wrote: "NAME wrote:",
    wroteAt: "On WHEN, NAME wrote:",
    somebody: "Another participant",
    cut: "[shortened]",
    left: "[older messages that are left out here: COUNT]",
  },
  de: {
    wrote: "NAME schrieb:",
    wroteAt: "Am WHEN schrieb NAME:",
    somebody: "Jemand anderes",
    cut: "[gekürzt]",
    left: "[hier ausgelassene ältere Nachrichten: COUNT]",
  },
  fr: {
    wrote: "NAME a écrit :",
    wroteAt: "Le WHEN, NAME a écrit :",
    somebody: "Une autre personne",
    cut: "[abrégé]",
    left: "[messages plus anciens omis ici : COUNT]",
  },
  es: {
    wrote: "NAME escribió:",
    wroteAt: "El WHEN, NAME escribió:",
    somebody: "Otra persona",
    cut: "[abreviado]",
    left: "[mensajes anteriores omitidos aquí: COUNT]",
  },
};
