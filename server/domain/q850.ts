/** ITU-T Q.850: why a leg ended. The causes that we give or read. */
export const q850 = {
  unallocated: 1,
  noRoute: 3,
  normal: 16,
  busy: 17,
  noResponse: 18,
  noAnswer: 19,
  subscriberAbsent: 20,
  rejected: 21,
  answeredElsewhere: 26,
  outOfOrder: 27,
  noCircuit: 34,
  networkOutOfOrder: 38,
  temporaryFailure: 41,
} as const;
