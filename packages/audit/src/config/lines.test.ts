import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Syntax } from '../knowledge/program.ts';
import { parseConfig } from './parse.ts';

const read = (syntax: Syntax, text: string): string[] =>
  parseConfig(syntax, text, 'f').entries.map(({ key, value, line }) => `${line} ${key}: ${value}`);
const broken = (syntax: Syntax, text: string): number[] =>
  parseConfig(syntax, text, 'f').broken.map(({ line }) => line);

test('unbound: sections, quotes, several pairs on a line, values that hold colons and #', () => {
  const text = [
    'server: verbosity: 1 log-queries:yes # log-replies: yes',
    '  interface: ::0',
    '  access-control: fd00::/8 allow logfile: "/var/log/a # b.log"',
    '  log-identity: ""',
    '  use-syslog:',
    '    no',
    'forward-zone:\n name: "."\n forward-addr: 1.1.1.1@853#one.example',
    'forward-zone: name: b',
    'dnstap:\r\n dnstap-enable: no\0',
  ].join('\n');
  assert.deepEqual(read('unbound', text), [
    '1 server.verbosity: 1',
    '1 server.log-queries: yes',
    '2 server.interface: ::0',
    '3 server.access-control: fd00::/8 allow',
    '3 server.logfile: /var/log/a # b.log',
    '4 server.log-identity: ',
    '5 server.use-syslog: no',
    '8 forward-zone.name: .',
    '9 forward-zone.forward-addr: 1.1.1.1@853#one.example',
    '10 forward-zone.name: b',
    '12 dnstap.dnstap-enable: no',
  ]);
  assert.deepEqual(broken('unbound', text), []);
});

test('unbound: a comment ends at a lone CR, and a key without a value opens no section', () => {
  assert.deepEqual(read('unbound', 'server: # x\rlog-queries: yes'), ['2 server.log-queries: yes']);
  assert.deepEqual(read('unbound', 'server:\nlogfile:\nlog-queries: yes'), [
    '2 server.logfile: ',
    '3 server.log-queries: yes',
  ]);
  assert.deepEqual(broken('unbound', 'word\nserver:\nlogfile:\nlog-queries: yes\nno'), [1, 3, 5]);
});

test('ini: journald, drop-ins that repeat, continuations with a comment inside', () => {
  const text =
    '\uFEFFa=1\r\n[Journal]\r\n#Storage=none\r\nStorage = volatile\r\nStorage=none\r\nX=a \\\r\n; no\r\n  b\r\n[x.y]\nJ={"a": "b"}\n; c\\\nk=v\nbare\ntwo words\n[z';
  assert.deepEqual(read('ini', text), [
    '1 a: 1',
    '4 journal.storage: volatile',
    '5 journal.storage: none',
    '6 journal.x: a b',
    '10 x_y.j: {"a": "b"}',
    '12 x_y.k: v',
    '13 x_y.bare: yes',
  ]);
  assert.deepEqual(broken('ini', text), [14, 15]);
});

test('ini: a comment as the last line neither continues nor disappears with what came before', () => {
  assert.deepEqual(read('ini', 'a=1\\\n# x'), ['1 a: 1']);
});

test('equals: PostgreSQL and dnsmasq', () => {
  const text =
    "log_statement = 'none' # all\nlog_line_prefix = '%m # ''x'' '\nPort 5432\npgaudit.log='all'\nlog-queries\nserver=1.1.1.1#53\n# log-dhcp\n=x";
  assert.deepEqual(read('equals', text), [
    '1 log_statement: none',
    "2 log_line_prefix: %m # 'x' ",
    '3 port: 5432',
    '4 pgaudit_log: all',
    '5 log-queries: yes',
    '6 server: 1.1.1.1#53',
  ]);
  assert.deepEqual(broken('equals', text), [8]);
});

test('words: OpenVPN, squid, rsyslog', () => {
  const text = [
    'verb 3 ; comment',
    '--Status "/run/a b # c.log" 10',
    'persist-tun',
    '<ca>',
    'log /secret',
    '</ca>',
    '<connection>',
    'log-append "x y"',
    '</connection>',
    'access_log none # all',
    '*.* @192.0.2.1:514;Template',
    "banner 'tis # do it",
    '$IncludeConfig /etc/rsyslog.d/*.conf',
    'mail.*;auth.none \\',
    '  @@host',
  ].join('\n');
  assert.deepEqual(read('words', text), [
    '1 verb: 3',
    '2 status: "/run/a b # c.log" 10',
    '3 persist-tun: yes',
    '8 log-append: x y',
    '10 access_log: none',
    '11 *_*: @192.0.2.1:514;Template',
    "12 banner: 'tis",
    '13 $includeconfig: /etc/rsyslog.d/*.conf',
    '14 mail_*;auth_none: \\',
    '15 @@host: yes',
  ]);
  assert.deepEqual(broken('words', text), [14]);
  assert.deepEqual(broken('words', 'a b\n<key>\nx'), [2]);
});
