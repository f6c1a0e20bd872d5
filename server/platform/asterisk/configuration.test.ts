import { expect, test } from 'vitest';
import { restartDelayMs } from './asterisk.ts';
import { type AsteriskConfig, configurationFiles, runFoldersIn } from './configuration.ts';
import { layoutIn } from './layout.ts';

test('media stays within the ports of the settings', () => {
  const files = filesFor({ rtp: { first: 20_000, last: 20_899, udptlFirst: 20_900, udptlLast: 20_999 } });
  expect(files.get('rtp.conf')).toMatch(/rtpstart = 20000\nrtpend = 20899\n/);
  expect(files.get('udptl.conf')).toMatch(/udptlstart = 20900\nudptlend = 20999\n/);
});

test('phones and trunks reach SIP where the settings say, over UDP, TCP and WebSocket', () => {
  const pjsip = filesFor({ sipHost: '192.0.2.7', sipPort: 5070 }).get('pjsip.conf')!;
  expect(pjsip.match(/^bind = 192\.0\.2\.7:5070$/gm)).toHaveLength(3);
  expect(pjsip.match(/^protocol = .*$/gm)).toEqual(['protocol = udp', 'protocol = tcp', 'protocol = ws']);
});

test('an IPv6 address stands in brackets', () => {
  expect(filesFor({ sipHost: '::1' }).get('pjsip.conf')).toContain('bind = [::1]:5060');
});

test('behind NAT, peers outside the private networks are told the public address', () => {
  expect(filesFor({ publicAddress: '203.0.113.9' }).get('pjsip.conf')).toMatch(
    /external_media_address = 203\.0\.113\.9\nexternal_signaling_address = 203\.0\.113\.9\nlocal_net = /,
  );
  expect(filesFor({}).get('pjsip.conf')).not.toContain('external_');
});

test('a caller who is nobody is never taken as an anonymous guest', () => {
  const files = filesFor({});
  expect(files.get('pjsip.conf')).toContain('endpoint_identifier_order = username,auth_username,ip\n');
  expect(files.get('modules.conf')).not.toContain('anonymous');
});

test('the dialplan is the one that was given, and nothing else', () => {
  const contexts = [
    ...filesFor({})
      .get('extensions.conf')!
      .matchAll(/^\[(.+)\]$/gm),
  ].map((match) => match[1]);
  expect(contexts).toEqual(['general', 'phones']);
});

test('the log keeps no notices: they name callers', () => {
  expect(filesFor({}).get('logger.conf')).toMatch(/messages\.log = warning,error\n/);
});

test('after each failure in a row the restart waits longer, up to half a minute', () => {
  expect([1, 2, 3, 7, 50].map(restartDelayMs)).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
});

function filesFor(config: Partial<AsteriskConfig>): Map<string, string> {
  const layout = layoutIn('/srv/parley/asterisk');
  return configurationFiles({
    config: {
      sipHost: '127.0.0.1',
      sipPort: 5060,
      publicAddress: null,
      rtp: { first: 16_000, last: 17_800, udptlFirst: 17_801, udptlLast: 18_000 },
      ...config,
    },
    folders: runFoldersIn('/srv/parley/asterisk-run'),
    install: { ...layout, version: '22.10.1', musicFolder: '/moh', indicationsFile: '/indications.conf' },
    ari: { port: 8088, user: 'parley', password: 'secret' },
    indications: '[general]\ncountry=us\n',
    dialplan: '[phones]\nexten => 100,1,Answer()\n',
  });
}
