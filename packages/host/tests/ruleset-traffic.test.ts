/**
 * The host's rules in a real kernel: what passes and what does not between the outside, two servers and the host. Each place is a
 * network namespace; the servers are places that send whatever they like.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { linkAddresses, randomBytes, toHex } from '@lethe/core';
import { HostNetwork } from '../src/network/host-network.ts';
import { interfaceName, tableName } from '../src/network/names.ts';
import { inNamespaces } from './support/namespace.ts';
import { until } from './support/wait.ts';

const UDP = fileURLToPath(new URL('./support/udp.ts', import.meta.url));
const HOST = { ipv4: '198.51.100.1', ipv6: '2001:db8:1::1' };
const OUTSIDE = { ipv4: '198.51.100.2', ipv6: '2001:db8:1::2' };
/** A private network behind the host, as an operator's own or a cloud's. */
const INTRANET = { host: '10.9.8.1', there: '10.9.8.2', host6: '2001:db8:2::1', there6: '2001:db8:2::2' };
const NOBODYS = ['168.63.129.16', '192.0.0.8', '198.18.0.1', '198.19.255.254', '64:ff9b::a09:802', '2002:a09:802::1'];
const FORWARDING = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'];
const PORT = 40_000;

inNamespaces(import.meta.url, () => {
  test('the rules hold in a real kernel', async (t) => {
    const instance = toHex(randomBytes(3));
    const directory = mkdtempSync(join(tmpdir(), 'lethe-rules-'));
    const children: ChildProcess[] = [];
    const network = new HostNetwork(instance, directory, { first: PORT, count: 100 });
    t.after(async () => {
      for (const child of children) child.kill('SIGKILL');
      await network.stop();
      rmSync(directory, { recursive: true, force: true });
    });
    const ip = (...args: string[]): void => void execFileSync('ip', args);

    /** A namespace joined to this one, kept by a sleeping process. */
    function place(hostEnd: string, commands: string[]): (command: string, ...args: string[]) => string[] {
      const keeper = spawn('unshare', ['--net', 'sleep', '1000'], { stdio: 'ignore' });
      children.push(keeper);
      const enter = (...command: string[]): string[] => ['nsenter', '-t', `${keeper.pid}`, '--net', ...command];
      const mine = execFileSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' });
      while (execFileSync('readlink', [`/proc/${keeper.pid}/ns/net`], { encoding: 'utf8' }) === mine);
      ip('link', 'add', 'name', hostEnd, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${keeper.pid}`);
      for (const command of ['link set lo up', 'link set eth0 up', ...commands]) {
        const [program, ...args] = enter('ip', ...command.split(' '));
        execFileSync(program!, args);
      }
      return enter;
    }
    const on = async (enter: ReturnType<typeof place>, ...args: string[]): Promise<string> => {
      const [program, ...rest] = enter(process.execPath, '--disable-warning=ExperimentalWarning', UDP, ...args);
      return (await promisify(execFile)(program!, rest)).stdout.trim();
    };
    /** Starts a listener; returns what it has heard. */
    async function listen(
      enter: ((command: string, ...args: string[]) => string[]) | null,
      port: number,
    ): Promise<() => string[]> {
      const command = [process.execPath, '--disable-warning=ExperimentalWarning', UDP, 'receive', `${port}`];
      const [program, ...args] = enter ? enter(command[0]!, ...command.slice(1)) : command;
      const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'ignore'] });
      children.push(child);
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      await until('the listener listens', () => text.startsWith('listening'));
      return () => text.trim().split('\n').slice(1);
    }
    const server = (link: number): ReturnType<typeof place> => {
      const { hostIpv4, hostIpv6, serverIpv4, serverIpv6 } = linkAddresses(link);
      return place(interfaceName(instance, link), [
        `addr add ${serverIpv4}/30 dev eth0`,
        `addr add ${serverIpv6}/64 dev eth0 nodad`,
        `route add default via ${hostIpv4}`,
        `route add default via ${hostIpv6}`,
      ]);
    };

    for (const name of FORWARDING) execFileSync('sysctl', ['-qw', `${name}=0`]);
    await network.start(new Set());
    const outside = place('up0', [
      `addr add ${OUTSIDE.ipv4}/24 dev eth0`,
      `addr add ${OUTSIDE.ipv6}/64 dev eth0 nodad`,
    ]);
    const intranet = place('lan0', [
      `addr add ${INTRANET.there}/24 dev eth0`,
      `addr add ${INTRANET.there6}/64 dev eth0 nodad`,
      `route add default via ${INTRANET.host}`,
      `route add default via ${INTRANET.host6}`,
    ]);
    for (const [address, device] of [
      [`${HOST.ipv4}/24`, 'up0'],
      [`${HOST.ipv6}/64`, 'up0'],
      [`${INTRANET.host}/24`, 'lan0'],
      [`${INTRANET.host6}/64`, 'lan0'],
    ] as const) {
      ip('addr', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : []));
      ip('link', 'set', 'dev', device, 'up');
    }
    const [one, two] = [server(0), server(1)];
    for (const link of [0, 1]) await network.configureLink(link);
    await network.rules.set('one', { port: PORT, link: 0, open: true });
    await network.rules.set('two', { port: PORT + 1, link: 1, open: true });
    const heard = {
      one: await listen(one, 51820),
      two: await listen(two, 51820),
      twoOther: await listen(two, 7),
      outside: await listen(outside, 9),
      intranet: await listen(intranet, 9),
      host: await listen(null, 9),
    };

    await t.test(
      "a datagram to a server's port reaches that server, with its sender's address, over both families",
      async () => {
        // The neighbours have only just met.
        await until('answered', async () => (await on(outside, 'send', HOST.ipv4, `${PORT}`)) === 'answered');
        await until('answered', async () => (await on(outside, 'send', HOST.ipv6, `${PORT + 1}`)) === 'answered');
        await until('heard', () => heard.one().at(-1)?.startsWith(`${OUTSIDE.ipv4} `));
        await until('heard', () => heard.two().at(-1)?.startsWith(`${OUTSIDE.ipv6} `));
      },
    );

    await t.test("a server reaches the outside from the host's address, over both families", async () => {
      assert.equal(await on(one, 'send', OUTSIDE.ipv4, '9'), 'answered');
      await until('heard', () => heard.outside().at(-1)?.startsWith(`${HOST.ipv4} `));
      assert.equal(await on(one, 'send', OUTSIDE.ipv6, '9'), 'answered');
      await until('heard', () => heard.outside().at(-1)?.startsWith(`${HOST.ipv6} `));
    });

    await t.test('what a server sends from its WireGuard port leaves from its own port of the host', async () => {
      const third = server(2);
      await network.configureLink(2);
      await network.rules.set('three', { port: PORT + 2, link: 2, open: true });
      assert.equal(await on(third, 'send', OUTSIDE.ipv4, '9', '51820'), 'answered');
      await until('heard', () => heard.outside().at(-1) === `${HOST.ipv4} ${PORT + 2}`);
    });

    await t.test(
      'a server that sends from the port of another one does not get what is meant for that one',
      async () => {
        for (const address of [OUTSIDE.ipv4, OUTSIDE.ipv6]) {
          assert.equal(await on(one, 'send', address, '9', `${PORT + 1}`), 'answered');
          const port = Number(heard.outside().at(-1)?.split(' ')[1]);
          assert.ok(port < PORT || port >= PORT + 100, `left from ${port}`);
        }
        // A device that the first server has sent to, from the very port that its owner's device uses.
        const before = heard.two().length;
        assert.equal(await on(one, 'send', OUTSIDE.ipv4, '11', `${PORT + 1}`), 'silence');
        assert.equal(await on(outside, 'send', HOST.ipv4, `${PORT + 1}`, '11'), 'answered');
        assert.equal(heard.two().length, before + 1);
      },
    );

    await t.test('a server reaches no other server: not by its link, not by its port of the host', async () => {
      const before = [...heard.two(), ...heard.twoOther()].length;
      const { serverIpv4, serverIpv6 } = linkAddresses(1);
      assert.equal(await on(one, 'send', serverIpv4, '7'), 'silence');
      assert.equal(await on(one, 'send', serverIpv6, '51820'), 'silence');
      assert.equal(await on(one, 'send', HOST.ipv4, `${PORT + 1}`), 'silence');
      assert.equal([...heard.two(), ...heard.twoOther()].length, before);
    });

    await t.test('a server reaches neither the host nor a private network behind it', async () => {
      for (const address of [HOST.ipv4, HOST.ipv6, linkAddresses(0).hostIpv4, linkAddresses(0).hostIpv6]) {
        assert.equal(await on(one, 'send', address, '9'), 'silence', address);
      }
      assert.equal(await on(one, 'send', INTRANET.there, '9'), 'silence');
      assert.deepEqual([heard.host(), heard.intranet()], [[], []]);
      // Both are there for others.
      assert.equal(await on(intranet, 'send', INTRANET.host, '9'), 'answered');
      assert.equal(await on(outside, 'send', HOST.ipv4, '9'), 'answered');
    });

    await t.test("a server reaches no network that is nobody's, although the host has a way there", async () => {
      const host = (...command: string[]): string[] => command;
      for (const address of NOBODYS) {
        const [program, ...args] = intranet('ip', 'addr', 'add', address, 'dev', 'lo');
        execFileSync(program!, args);
        ip('route', 'add', address, 'via', address.includes(':') ? INTRANET.there6 : INTRANET.there);
        assert.equal(await on(host, 'send', address, '9'), 'answered', address);
      }
      const before = heard.intranet().length;
      for (const address of NOBODYS) assert.equal(await on(one, 'send', address, '9'), 'silence', address);
      assert.equal(heard.intranet().length, before);
    });

    await t.test('a server that speaks with another address is not heard', async () => {
      const [program, ...args] = one('ip', 'addr', 'add', '203.0.113.77/32', 'dev', 'lo');
      execFileSync(program!, args);
      const before = heard.outside().length;
      assert.equal(await on(one, 'send', OUTSIDE.ipv4, '9', '0', '203.0.113.77'), 'silence');
      assert.equal(heard.outside().length, before);
    });

    await t.test('from outside nothing but the WireGuard port of a server is reached', async () => {
      const { serverIpv4, serverIpv6 } = linkAddresses(1);
      for (const [address, gateway] of [
        [`${serverIpv4}/32`, HOST.ipv4],
        [`${serverIpv6}/128`, HOST.ipv6],
      ]) {
        const [program, ...args] = outside('ip', 'route', 'add', address!, 'via', gateway!);
        execFileSync(program!, args);
      }
      const before = [...heard.two(), ...heard.twoOther()].length;
      for (const address of [serverIpv4, serverIpv6]) {
        for (const port of ['7', '51820']) assert.equal(await on(outside, 'send', address, port), 'silence');
      }
      assert.equal([...heard.two(), ...heard.twoOther()].length, before);
    });

    await t.test(
      'a table that another program removed or emptied is put back, with the links off meanwhile',
      async () => {
        const table = tableName(instance);
        for (const command of [
          ['flush', 'ruleset'],
          ['flush', 'chain', 'inet', table, 'from_server'],
          ['add', 'table', 'inet', table, '{ flags dormant; }'],
        ]) {
          const monitor = spawn('ip', ['monitor', 'link', 'dev', interfaceName(instance, 0)]);
          children.push(monitor);
          let events = '';
          monitor.stdout.setEncoding('utf8').on('data', (text: string) => {
            events += text;
          });
          await new Promise((resolve) => monitor.once('spawn', resolve));
          assert.ok(await network.rules.isInForce());
          execFileSync('nft', command);
          await until(`the link was off and is on: ${command.join(' ')}`, () => /state DOWN.*state UP/s.test(events));
          await until('put back', () => network.rules.isInForce());
          monitor.kill();
          await until('answered', async () => (await on(outside, 'send', HOST.ipv6, `${PORT + 1}`)) === 'answered');
          assert.equal(await on(one, 'send', OUTSIDE.ipv6, '9'), 'answered');
          assert.equal(await on(one, 'send', linkAddresses(1).serverIpv4, '7'), 'silence');
        }
      },
    );

    await t.test('a machine that was no router is none for others now', async () => {
      for (const [net, gateway] of [
        ['10.9.8.0/24', HOST.ipv4],
        ['2001:db8:2::/64', HOST.ipv6],
      ]) {
        const [program, ...args] = outside('ip', 'route', 'add', net!, 'via', gateway!);
        execFileSync(program!, args);
      }
      const before = heard.intranet().length;
      assert.equal(await on(outside, 'send', INTRANET.there, '9'), 'silence');
      assert.equal(await on(outside, 'send', INTRANET.there6, '9'), 'silence');
      assert.equal(heard.intranet().length, before);
    });

    await t.test('a closed port is silent, and so is a port whose server is gone', async () => {
      await network.rules.set('two', { port: PORT + 1, link: 1, open: false });
      const before = heard.two().length;
      const held = await listen(null, PORT + 1);
      assert.equal(await on(outside, 'send', HOST.ipv4, `${PORT + 1}`), 'silence');
      assert.equal(heard.two().length, before);
      assert.deepEqual(held(), [], 'the socket that holds a closed port hears nothing');
      ip('link', 'delete', 'dev', interfaceName(instance, 0));
      const seen = heard.outside().length;
      // Without its link the datagram must not follow the default route back out.
      ip('route', 'add', 'default', 'via', OUTSIDE.ipv4);
      assert.equal(await on(outside, 'send', HOST.ipv4, `${PORT}`), 'silence');
      assert.equal(heard.outside().length, seen);
    });

    await t.test('afterwards all is as it was; a machine that was a router stays one', async () => {
      await network.stop();
      const values = (): string => execFileSync('sysctl', ['-n', ...FORWARDING], { encoding: 'utf8' });
      assert.equal(values(), '0\n0\n');
      for (const name of FORWARDING) execFileSync('sysctl', ['-qw', `${name}=1`]);
      const second = new HostNetwork(instance, directory, { first: PORT, count: 100 });
      await second.start(new Set());
      try {
        assert.equal(await on(outside, 'send', INTRANET.there, '9'), 'answered');
        assert.equal(await on(outside, 'send', INTRANET.there6, '9'), 'answered');
      } finally {
        await second.stop();
      }
      assert.equal(values(), '1\n1\n');
    });
  });
});
