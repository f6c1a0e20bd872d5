// One that is free for both serves for either.
export { freePort as freeTcpPort, freePort as freeUdpPort } from '../../server/platform/asterisk/testing-ports.ts';
