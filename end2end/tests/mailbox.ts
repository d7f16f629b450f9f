// A real mail server on loopback, whose mailbox tests read and whose links they follow.
import { expect } from "@playwright/test";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface Received {
  from: string;
  to: string[];
  /** Everything above the body, as it came. */
  head: string;
  mail: Email;
}

export class Mailbox {
  private constructor(
    private readonly server: SMTPServer,
    readonly port: number,
    readonly received: Received[],
  ) {}

  static async start(options: SMTPServerOptions = {}): Promise<Mailbox> {
    const received: Received[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      logger: false,
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          const raw = Buffer.concat(chunks);
          const { mailFrom, rcptTo } = session.envelope;
          void PostalMime.parse(raw).then((mail) => {
            received.push({
              from: mailFrom ? mailFrom.address : "",
              to: rcptTo.map((recipient) => recipient.address),
              head: raw.toString("utf8").split("\r\n\r\n")[0] ?? "",
              mail,
            });
            done();
          });
        });
      },
      ...options,
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new Mailbox(server, address.port, received);
  }

  /** The settings that send mail here. */
  get settings(): Record<string, string> {
    return { ROSTER_SMTP_URL: `smtp://127.0.0.1:${this.port}`, ROSTER_MAIL_FROM: "Roster <roster@roster.example>" };
  }

  /** The latest mail to an address, when there are `count` of them. */
  async latest(address: string, count = 1): Promise<Received> {
    const to = () => this.received.filter((received) => received.to.includes(address));
    await expect.poll(() => to().length, { message: `mails to ${address}`, timeout: 15_000 }).toBeGreaterThanOrEqual(count);
    return to().at(-1)!;
  }

  async stop(): Promise<void> {
    await new Promise<void>((closed) => this.server.close(() => closed()));
  }
}

/** The first link to a page of the server. */
export function link(received: Received, page: string): string {
  const found = new RegExp(`https?://\\S+/${page}\\?token=[\\w-]+`).exec(received.mail.text ?? "")?.[0];
  expect(found, `a link to ${page} in ${received.mail.text}`).toBeTruthy();
  expect(received.mail.html).toContain(found!.split("token=")[1]);
  return found!;
}
