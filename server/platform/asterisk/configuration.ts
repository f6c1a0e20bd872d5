// Asterisk's configuration, as text, from typed values. Endpoints are not written here: they come at run time over ARI
// (PUT /ari/asterisk/config/dynamic/res_pjsip/…) into sorcery's memory, and contacts stay in astdb over a restart.
import { join } from 'node:path';
import type { AriAccess } from './access.ts';
import type { AsteriskInstall } from './install.ts';
import { modules } from './modules.ts';

export interface AsteriskConfig {
  /** An IP address; `0.0.0.0` or `::` for every interface. */
  sipHost: string;
  sipPort: number;
  /** What SDP and Contact say to peers outside the private networks; null: the address that SIP uses. */
  publicAddress: string | null;
  /** Inclusive. Two RTP ports a leg; UDPTL is for T.38 fax. */
  rtp: { first: number; last: number; udptlFirst: number; udptlLast: number };
}

/** Where everything of one run lies; all below `<home>/asterisk-run`. */
export interface RunFolders {
  etc: string;
  log: string;
  run: string;
  spool: string;
  db: string;
  lib: string;
}

export function runFoldersIn(runHome: string): RunFolders {
  const below = (name: string): string => join(runHome, name);
  return {
    etc: below('etc'),
    log: below('log'),
    run: below('run'),
    spool: below('spool'),
    db: below('db'),
    lib: below('lib'),
  };
}

export interface ConfigurationInput {
  config: AsteriskConfig;
  folders: RunFolders;
  install: AsteriskInstall;
  ari: AriAccess;
  /** Text of the package's own indications.conf: the tones of every country. */
  indications: string;
  /** The contexts of extensions.conf; nothing else of the dialplan is reachable. */
  dialplan: string;
}

/** File name in etc → text. */
export function configurationFiles(input: ConfigurationInput): Map<string, string> {
  const { config, folders, install, ari } = input;
  const { rtp } = config;
  const files: Record<string, string> = {
    // The version is written down because another Asterisk on the same configuration is not the one that runs.
    'asterisk.conf':
      `; for Asterisk ${install.version}\n` +
      section('directories', {
        astetcdir: folders.etc,
        astmoddir: install.modulesFolder,
        astvarlibdir: folders.lib,
        astdbdir: folders.db,
        astkeydir: folders.lib,
        astdatadir: install.dataFolder,
        astagidir: folders.lib,
        astspooldir: folders.spool,
        astrundir: folders.run,
        astlogdir: folders.log,
      }) +
      section('options', {
        verbose: 0,
        debug: 0,
        nocolor: 'yes',
        hideconnect: 'yes',
        documentation_language: 'en_US',
        systemname: 'parley',
        live_dangerously: 'no',
      }),
    'modules.conf': section('modules', { autoload: 'no' }) + modules.map((name) => `load = ${name}.so\n`).join(''),
    // Notices name callers and their addresses, so they stay out.
    'logger.conf':
      section('general', { dateformat: '%F %T.%3q', queue_log: 'no' }) +
      section('logfiles', { 'messages.log': 'warning,error' }),
    'http.conf': section('general', {
      enabled: 'yes',
      bindaddr: '127.0.0.1',
      bindport: ari.port,
      enable_static: 'no',
      enable_status: 'no',
      sessionlimit: 500,
    }),
    'ari.conf':
      section('general', { enabled: 'yes', pretty: 'no', websocket_write_timeout: 5000 }) +
      section(ari.user, { type: 'user', read_only: 'no', password: ari.password }),
    'rtp.conf': section('general', {
      rtpstart: rtp.first,
      rtpend: rtp.last,
      strictrtp: 'yes',
      icesupport: 'yes',
    }),
    'udptl.conf': section('general', {
      udptlstart: rtp.udptlFirst,
      udptlend: rtp.udptlLast,
      use_even_ports: 'no',
    }),
    'pjsip.conf': pjsip(config),
    'sorcery.conf': sorcery,
    'musiconhold.conf': section('default', { mode: 'files', directory: install.musicFolder, sort: 'random' }),
    'extensions.conf':
      section('general', { static: 'yes', writeprotect: 'yes', autofallthrough: 'yes' }) + input.dialplan,
    'indications.conf': input.indications,
    'cdr.conf': section('general', { enable: 'no' }),
    'cel.conf': section('general', { enable: 'no' }),
    'manager.conf': section('general', { enabled: 'no' }),
  };
  // Asterisk complains about each of these that is missing, and needs nothing in them.
  for (const name of [
    'acl',
    'ccss',
    'cli',
    'cli_aliases',
    'cli_permissions',
    'extconfig',
    'features',
    'pjproject',
    'stasis',
    'websocket_client',
  ]) {
    files[`${name}.conf`] = '';
  }
  return new Map(Object.entries(files));
}

function pjsip(config: AsteriskConfig): string {
  const bind = `${config.sipHost.includes(':') ? `[${config.sipHost}]` : config.sipHost}:${config.sipPort}`;
  const outside: [string, string][] =
    config.publicAddress === null
      ? []
      : [
          ['external_media_address', config.publicAddress],
          ['external_signaling_address', config.publicAddress],
          ...privateNetworks.map((network): [string, string] => ['local_net', network]),
        ];
  const transport = (protocol: string): string =>
    section(`transport-${protocol}`, [['type', 'transport'], ['protocol', protocol], ['bind', bind], ...outside]);
  return (
    section('global', {
      type: 'global',
      user_agent: 'Parley',
      default_from_user: 'parley',
      // A phone is known by its own name even where a trunk has its address. No `anonymous`: who is unknown gets a
      // challenge that no password answers.
      endpoint_identifier_order: 'username,auth_username,ip',
      keep_alive_interval: 30,
      // How late a phone whose registration ran out is noticed, at most.
      contact_expiration_check_interval: 5,
    }) +
    section('system', { type: 'system', threadpool_initial_size: 8, threadpool_max_size: 50 }) +
    transport('udp') +
    transport('tcp') +
    // Browser phones come over the HTTP server's /ws, which listens on loopback only; the bind is not used.
    transport('ws')
  );
}

const privateNetworks = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
];

/** Each type in the module that owns it. `contact` is not named: its default is astdb, which outlives a restart. */
const sorcery =
  section('res_pjsip', { endpoint: 'memory', aor: 'memory', auth: 'memory' }) +
  section('res_pjsip_endpoint_identifier_ip', { identify: 'memory' }) +
  section('res_pjsip_outbound_registration', { registration: 'memory' });

function section(name: string, values: Record<string, string | number> | [string, string | number][]): string {
  const lines = Array.isArray(values) ? values : Object.entries(values);
  return `[${name}]\n${lines.map(([key, value]) => `${key} = ${value}\n`).join('')}`;
}
