import { check, nothing } from './check.ts';

/** Programs of hooks that set up networks and write nothing about users. */
const PLAIN = /^(ip|ip6?tables(-\w+)?|nft|sysctl|ufw|resolvectl|resolvconf|wg set|true|:|sleep|modprobe|tc)\b[^|]*$/;
/** Turning a kernel setting on is the one thing a hook writes that is not a record. */
const SETTING = /^echo \d+ *> *\/proc\/sys\/net\/[\w./%-]+$/;
const RECORDS = />>|logger|tee |curl|wget|wg show|nc |socat|mail|sqlite|psql|redis-cli/;

export const tunnelHook = check({
  id: 'tunnel-hook',
  claims: ['CL-04', 'CL-10'],
  pass: 'No WireGuard configuration runs a hook that records, and none saves itself.',
  why: 'Hooks run as root when a tunnel goes up or down; SaveConfig writes the last address of every peer to disk.',
  needs: ['tunnelHooks'],
  judge({ tunnelHooks }) {
    const outcome = nothing();
    for (const { file, line, text } of tunnelHooks) {
      const [, key = '', value = ''] = /^\s*(\w+)\s*=\s*(.*)$/.exec(text) ?? [];
      const where = `${file}:${line}`;
      if (key.toLowerCase() === 'saveconfig') {
        if (/^true$/i.test(value.trim())) {
          outcome.contrary.push({
            title: 'SaveConfig writes the last address of each peer to disk (wg-quick)',
            where,
            claims: ['CL-04', 'CL-08', 'CL-10'],
            mend: 'Set SaveConfig = false and remove the Endpoint lines of the peers.',
          });
        }
      } else if (RECORDS.test(value)) {
        outcome.contrary.push({
          title: `A hook of wg-quick records (${key})`,
          where,
          claims: ['CL-04', 'CL-10'],
          mend: `Remove the ${key} line.`,
        });
      } else if (!isPlain(value)) {
        outcome.contrary.push({
          title: `A hook of wg-quick runs a program of its own (${key})`,
          where: `${where}: ${value.trim().split(/\s/)[0]!.slice(0, 100)}`,
          claims: ['CL-04', 'CL-10'],
          mend: `Remove the ${key} line, or let it call ip, nft and sysctl only.`,
        });
      }
    }
    return outcome;
  },
});

/** Every command of the line sets up a network. */
const isPlain = (value: string): boolean =>
  value
    .slice(0, 4096)
    .split(/;|&&|\|\|/)
    .map((part) => part.trim())
    .every(
      (part) =>
        part === '' ||
        SETTING.test(part) ||
        (PLAIN.test(part) && !/>(?!\s*\/dev\/null)/.test(part.replace(/2>&1/g, ''))),
    );
