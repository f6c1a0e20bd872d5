// A real Chromium: Debian's, without a window.
import { type Browser, chromium } from 'playwright-core';

/** What it would ask of the world at its start is off: tests talk to loopback only. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Needs Debian's package `chromium`. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
}
