// What tests and benches use of npm `smpp`, which brings no types.
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer, Socket } from 'node:net';

  interface Fields {
    command_status?: number;
    sequence_number?: number;
    [field: string]: unknown;
  }

  class PDU {
    constructor(command: string, fields?: Fields);
    static fromBuffer(octets: Buffer): PDU;
    toBuffer(): Buffer;
    isResponse(): boolean;
    response(fields?: Fields): PDU;
    command: string;
    command_status: number;
    sequence_number: number;
    [field: string]: unknown;
  }

  class Session extends EventEmitter {
    socket: Socket;
    send(pdu: PDU, answered?: (answer: PDU) => void): boolean;
    pause(): void;
    resume(): void;
    close(): void;
    destroy(): void;
    deliver_sm(fields: Fields, answered?: (answer: PDU) => void): boolean;
    enquire_link(answered?: (answer: PDU) => void): boolean;
    unbind(answered?: (answer: PDU) => void): boolean;
    outbind(fields: Fields): boolean;
  }

  interface Options {
    key?: string;
    cert?: string;
  }

  class Server extends NetServer {
    sessions: Session[];
  }

  const smpp: {
    PDU: typeof PDU;
    Session: typeof Session;
    createServer(options: Options, listener: (session: Session) => void): Server;
  };
  export default smpp;
}
