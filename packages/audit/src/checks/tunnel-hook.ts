import { check, nothing } from './check.ts';

/** Programs of hooks that set up networks and write nothing about users. */
const PLAIN =
  /^(\s*(ip|ip6?tables(-\w+)?|nft|sysctl|ufw|resolvectl|resolvconf|wg set|true|:|sleep|modprobe|tc)\b[^>|]*(;|&&|\|\||$))+$/;
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
      } else if (!PLAIN.test(value)) {
        outcome.contrary.push({
          title: `A hook of wg-quick runs a program of its own (${key})`,
          where: `${where}: ${value.slice(0, 100)}`,
          claims: ['CL-04', 'CL-10'],
          mend: `Remove the ${key} line, or let it call ip, nft and sysctl only.`,
        });
      }
    }
    return outcome;
  },
});
