// The oldest client that must be served. It has no types of its own; what tests use of it is as in 4.x.
declare module 'socket.io-client-2' {
  import type { io } from 'socket.io-client';
  const connect: typeof io;
  export default connect;
}
