/** Steps: a device is removed, the service restarts, the account closes, everything stops. */

import { until } from '@lethe/testkit';
import { hostInterfaces, leftovers, processes } from './leftovers.ts';
import { forwarding, made, type Scene, type Step } from './scene.ts';
import { carries } from './steps-owner.ts';

/** Two emulated machines boot at once. */
const BOOT_MS = 120_000;

export const removeDevice: Step = {
  id: 'remove-device',
  title: 'Remove a device',
  async run(scene, checks) {
    checks.that('before, the laptop is served', await carries(scene, 'laptop'));
    await scene.anna.lethe('device', 'remove', 'laptop');
    checks.that('afterwards its tunnel is dead', !(await carries(scene, 'laptop')));
    const laptop = made(scene, 'laptop');
    const conf = await laptop.ping(laptop.conf.dns[0]!, { count: 2, waitS: 1 });
    checks.that('the server no longer answers it', conf.received === 0);
    checks.that('the phone is served as before', await carries(scene, 'phone'));
  },
};

export const restart: Step = {
  id: 'restart',
  title: 'Stop the service and start it again',
  async run(scene, checks) {
    const phone = made(scene, 'phone');
    const before = made(scene, 'server').wireguardKey;
    const handshake = await phone.lastHandshake();
    await scene.service.stop();
    checks.none('while it is stopped, no machine runs', processes(scene.service));
    await scene.service.start();
    const after = await until(
      'the server is ready again',
      async () => {
        const shown = await scene.anna.showServer();
        return shown.state === 'ready' ? shown : null;
      },
      BOOT_MS,
    );
    checks.that('the server has the same key', after.wireguardKey === before);
    await until('the phone is served again', () => carries(scene, 'phone'), 120_000);
    const again = (await phone.lastHandshake()) > handshake;
    checks.that('the phone is served again, without doing anything', again);
    checks.that('the removed laptop is still not served', !(await carries(scene, 'laptop')));
  },
};

export const closeAccount: Step = {
  id: 'close-account',
  title: 'Close the account',
  async run(scene, checks) {
    const path = `/api/servers/${made(scene, 'server').id}`;
    await scene.anna.lethe('account', 'close', '--yes');
    const answer = await scene.anna.fleetRequest('GET', path);
    checks.that('the API no longer knows the server', answer.status === 404, `${answer.status}`);
    const other = await scene.ben.showServer();
    checks.that("the second customer's server is untouched", other.state === 'ready');
    await scene.ben.lethe('account', 'close', '--yes');
    checks.none('no link to a server is left', await hostInterfaces(scene.net));
    checks.none('no machine runs', machines(scene));
    const rules = (await scene.net.exec('host', 'nft', ['list', 'ruleset'])).stdout;
    const ports = rules.split('\n').filter((line) => /dnat.*51820|\d+ : .*51820/.test(line));
    checks.none('no port leads to a server', ports);
    checks.that('the tunnel is dead', !(await carries(scene, 'phone')));
  },
};

/** Processes of machines: inside a cgroup of theirs, or QEMU. */
const machines = (scene: Scene): string[] =>
  processes(scene.service).filter((line) => /qemu|lethe-init|unbound|wireguard-go|agent\.js/.test(line));

export const stop: Step = {
  id: 'stop',
  title: 'Stop',
  async run(scene, checks) {
    const marks = { instance: scene.service.instance, dataDir: scene.service.dataDir };
    await scene.service.stop();
    const what = 'interface, rule, port, process, cgroup, mount or run file';
    checks.none(`no ${what} of the service is left`, await leftovers(scene.net, marks));
    scene.service.forget();
    const now = await forwarding(scene.net);
    checks.that('forwarding is as it was before', now === scene.forwardingBefore, now);
  },
};
