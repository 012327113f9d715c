import { check, nothing } from './check.ts';

/** Where there is no VPN, nothing can be said about one: a target seen through the wrong door is not a silent server. */
export const vpnAbsent = check({
  id: 'vpn-absent',
  claims: ['CL-01', 'CL-02', 'CL-03', 'CL-04', 'CL-05', 'CL-06', 'CL-07', 'CL-10'],
  pass: 'A VPN or proxy runs on the target.',
  why: 'A container, a namespace or an account without rights may not show the VPN at all.',
  needs: ['programs', 'namespaces'],
  judge({ programs, namespaces }) {
    const outcome = nothing();
    const program = programs.some(({ program: known }) => known?.role === 'vpn' || known?.role === 'proxy');
    const tunnel = programs.some(({ process }) => process.descriptors.some(({ kind }) => kind === 'tunnel'));
    const kernel = namespaces.some(
      ({ links, wireguard }) =>
        (links.known &&
          links.value.some(({ type }) => ['wireguard', 'amneziawg', 'ovpn', 'xfrm', 'ppp'].includes(type))) ||
        (wireguard.known && wireguard.value.interfaces > 0),
    );
    if (!program && !tunnel && !kernel) outcome.open.push('No VPN and no proxy was found on the target.');
    return outcome;
  },
});

export const resolverAbsent = check({
  id: 'resolver-absent',
  claims: ['CL-02', 'CL-03'],
  pass: 'The resolver that clients use runs on the target.',
  why: 'Clients who are sent to somebody else’s resolver are recorded there, if they are.',
  needs: ['programs'],
  judge({ programs }) {
    const outcome = nothing();
    if (!programs.some(({ program }) => program?.role === 'dns')) {
      outcome.open.push('No resolver was found on the target: who answers the lookups of clients is not known.');
    }
    return outcome;
  },
});
