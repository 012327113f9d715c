import { check, nothing, processName } from './check.ts';

/** DHCP clients listen to their own protocol with one, and 802.1X and LLDP have an Ethernet type of their own. */
const HARMLESS_TYPES = ['888E', '88CC', '88C7'];
/** TCP and UDP: such a socket gets a copy of all that reaches the server. Others are of routing, ping and address protocols. */
const RAW_COPIES: Record<number, string> = { 6: 'TCP', 17: 'UDP' };
const DHCP = /^(dhclient|dhcpcd|udhcpc|systemd-network|NetworkManager|connmand)/;

export const packetSocket = check({
  id: 'packet-socket',
  claims: ['CL-01', 'CL-05'],
  pass: 'No process has a packet socket that sees the traffic.',
  why: 'A packet socket sees every packet of an interface, decrypted ones included.',
  needs: ['namespaces', 'processes'],
  judge({ namespaces, processes }) {
    const outcome = nothing();
    for (const { packetSockets, listeners, id } of namespaces) {
      for (const { transport, port, pid } of listeners.known ? listeners.value : []) {
        const copies = transport === 'raw' ? RAW_COPIES[port] : undefined;
        const owner = processes.find((process) => process.pid === pid);
        if (copies === undefined || (owner && DHCP.test(owner.name))) continue;
        outcome.contrary.push({
          title: `A raw socket of ${owner ? owner.name : 'an unknown process'} gets a copy of every ${copies} packet to the server`,
          where: `${owner ? processName(owner) : 'no process was found for it'}, in ${id}`,
          claims: ['CL-01', 'CL-02', 'CL-05'],
          mend: 'End the process and remove what starts it.',
        });
      }
      if (!packetSockets.known) {
        outcome.open.push(`Packet sockets of ${id}: ${packetSockets.reason}.`);
        continue;
      }
      for (const { protocol, pid } of packetSockets.value) {
        const owner = processes.find((process) => process.pid === pid);
        if (HARMLESS_TYPES.includes(protocol.toUpperCase()) || (owner && DHCP.test(owner.name))) continue;
        outcome.contrary.push({
          title: `A packet socket of ${owner ? owner.name : 'an unknown process'} captures traffic`,
          where: `${owner ? processName(owner) : 'no process was found for it'}, ${protocol === '0003' ? 'every protocol' : `protocol ${protocol}`}${owner && owner.rings > 0 ? ', with a packet ring in its memory' : ''}, in ${id}`,
          claims: ['CL-01', 'CL-05'],
          mend: 'End the process and remove what starts it.',
        });
      }
    }
    return outcome;
  },
});
