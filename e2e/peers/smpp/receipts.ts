// What carriers for tests send back.

/** Delivered just now, by a clock of UTC. */
export function receiptText(id: string): string {
  const now = new Date().toISOString().replaceAll(/[-T:]/g, '').slice(2, 12);
  return `id:${id} sub:001 dlvrd:001 submit date:${now} done date:${now} stat:DELIVRD err:000 text:`;
}

/** The addresses of what goes back to who has sent it, in the words of npm `smpp`. */
export function backTo(pdu: Record<string, unknown>): Record<string, unknown> {
  return {
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: pdu.destination_addr,
    dest_addr_ton: pdu.source_addr_ton,
    dest_addr_npi: pdu.source_addr_npi,
    destination_addr: pdu.source_addr,
  };
}
