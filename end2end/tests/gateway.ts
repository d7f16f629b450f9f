// A real HTTP server on loopback that records what an SMS gateway would get.
import { expect } from "@playwright/test";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Text {
  to: string;
  text: string;
  headers: Record<string, string | string[] | undefined>;
}

export class Gateway {
  private constructor(
    private readonly server: Server,
    readonly address: string,
    readonly received: Text[],
  ) {}

  static async start(): Promise<Gateway> {
    const received: Text[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
      request.on("end", () => {
        const { to, text } = JSON.parse(body) as { to: string; text: string };
        received.push({ to, text, headers: request.headers });
        response.end();
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return new Gateway(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`, received);
  }

  /** The code in the latest text message to a number, when there are `count` of them. */
  async code(number: string, count = 1): Promise<string> {
    const to = () => this.received.filter((text) => text.to === number);
    await expect.poll(() => to().length, { message: `texts to ${number}`, timeout: 15_000 }).toBeGreaterThanOrEqual(count);
    return /^(\d{6}) /.exec(to().at(-1)!.text)![1]!;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((closed) => this.server.close(() => closed()));
  }
}
