import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './parse.ts';

const read = (text: string): string[] =>
  parseConfig('braces', text, 'f').entries.map(({ key, value }) => `${key}: ${value}`);
const broken = (text: string): number[] => parseConfig('braces', text, 'f').broken.map(({ line }) => line);

test('nginx: blocks with spaces and dots, quotes, variables, Lua', () => {
  const text = `user www; # x
http {
  log_format main '$remote_addr - "$request" '
                  '\${status}; {x}';
  access_log off;
  map $uri $loggable { default 0; ~^/x 1; }
  server{
    listen 80; server_name a.example;
    location ~ \\.php$ { access_log /var/log/x.log main; }
    location / { proxy_pass http://10.0.0.1//y; set $a "}"; }
    content_by_lua_block { if a then b = { c = "x" } end }
    error_log
      /dev/null;
  }
}`;
  assert.deepEqual(read(text), [
    'user: www',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: text of nginx
    'http.log_format: main $remote_addr - "$request"  ${status}; {x}',
    'http.access_log: off',
    'http.map $uri $loggable.default: 0',
    'http.map $uri $loggable.~^/x: 1',
    'http.server.listen: 80',
    'http.server.server_name: a.example',
    'http.server.location ~ \\_php$.access_log: /var/log/x.log main',
    'http.server.location /.proxy_pass: http://10.0.0.1//y',
    'http.server.location /.set: $a }',
    'http.server.content_by_lua_block: yes',
    'http.server.error_log: /dev/null',
  ]);
  assert.deepEqual(broken(text), []);
});

test('BIND: comments of three kinds, a brace on its own line', () => {
  const text = `options
{
  directory "/var/cache"; // querylog yes;
  /* querylog yes; */ querylog no; # x
  listen-on port 53 { any; };
  forwarders { };
};
logging { channel "q" { file "/var/log/q.log" versions 3; }; category queries { q; }; };`;
  assert.deepEqual(read(text), [
    'options.directory: /var/cache',
    'options.querylog: no',
    'options.listen-on port 53.any: yes',
    'options.forwarders: yes',
    'logging.channel q.file: /var/log/q.log versions 3',
    'logging.category queries.q: yes',
  ]);
  assert.deepEqual(broken(text), []);
});

test('strongSwan: lines, no semicolons', () => {
  const text = `charon {
  filelog {
    charon-log {
      path = /var/log/charon.log
      default=2 # x
      append =
    }
  }
  syslog { daemon { default = -1 } }
  load = a b c
}
include strongswan.d/*.conf
connections
{
  home { children { net { updown = "/usr/lib/updown iptables" } } }
}`;
  assert.deepEqual(read(text), [
    'charon.filelog.charon-log.path: /var/log/charon.log',
    'charon.filelog.charon-log.default: 2',
    'charon.filelog.charon-log.append: ',
    'charon.syslog.daemon.default: -1',
    'charon.load: a b c',
    'include: strongswan.d/*.conf',
    'connections.home.children.net.updown: /usr/lib/updown iptables',
  ]);
  assert.deepEqual(broken(text), []);
});

test('one semicolon in a file of lines does not glue its lines together', () => {
  const text = 'charon {\n  x = 1;\n  y = 2\n  z = 3\n}';
  assert.deepEqual(read(text), ['charon.x: 1', 'charon.y: 2', 'charon.z: 3']);
});

test('a line without its semicolon is named as broken', () => {
  const text = 'a = 1;\nb = 2;\nc = 3\nd = 4;\ne = 5;';
  assert.deepEqual(broken(text), [3]);
});

test('Caddyfile: placeholders, matchers that look like comments', () => {
  const text = `{
	admin off
}
example.com, www.example.com {
	log {
		output file {$LOGS}/access.log
	}
	handle /* {
		reverse_proxy /api/* localhost:9000
	}
	respond {http.request.host} 200
	header Strict-Transport-Security "max-age=1; preload"
	encode
}`;
  assert.deepEqual(read(text), [
    '.admin: off',
    'example_com, www_example_com.log.output: file {$LOGS}/access.log',
    'example_com, www_example_com.handle /*.reverse_proxy: /api/* localhost:9000',
    'example_com, www_example_com.respond: {http.request.host} 200',
    'example_com, www_example_com.header: Strict-Transport-Security max-age=1; preload',
    'example_com, www_example_com.encode: yes',
  ]);
  assert.deepEqual(broken(text), []);
});

test('syslog-ng: parentheses part the key from the value', () => {
  const text = `@version: 3.35
@include "scl.conf"
destination d_x { file("/var/log/x y" perm(0600)); };
log { source(s_src); destination(d_x); };`;
  assert.deepEqual(read(text), [
    '@version:: 3.35',
    '@include: scl.conf',
    'destination d_x.file: ("/var/log/x y" perm(0600))',
    'log.source: (s_src)',
    'log.destination: (d_x)',
  ]);
});

test('what never ends is broken, and so is a brace too many', () => {
  assert.deepEqual(broken('a {\nb {'), [2]);
  assert.deepEqual(broken('a 1;\n}'), [2]);
  assert.deepEqual(broken('a 1;\nb "x;'), [2]);
  assert.deepEqual(broken('/* a'), [1]);
  assert.deepEqual(broken('a_by_lua_block {\n{}').includes(1), true);
  assert.equal(broken('a{'.repeat(100)).length, 1);
});
