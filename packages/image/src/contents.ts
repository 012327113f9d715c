/** What is in a server, as data. A program that is not named here, or needed by one that is, is not in the image. */

/** Packages that files are taken from. Libraries come from their dependencies. */
export const PACKAGES = [
  'busybox-static',
  'conntrack',
  'dash',
  'dmsetup',
  'dns-root-data',
  'iproute2',
  'libatomic1',
  'libgcc-s1',
  'libstdc++6',
  'netbase',
  'nftables',
  'unbound',
  'wireguard-go',
  'wireguard-tools',
  'zlib1g',
];

/**
 * Names of packages that depend on the newest kernel; the first that exists is taken. Debian has one for virtual machines; Ubuntu's
 * leaves out erofs, which is among the extra modules of the generic one.
 */
export const KERNEL_PACKAGES = ['linux-image-cloud-amd64', 'linux-image-generic'];

/** Packages of apt's plan that may hold a library or the kernel. */
export const LIBRARY_PACKAGE = /^(lib(?!perl|.*-perl$|python.*-stdlib|pam)|linux-(image|modules|modules-extra)-\d)/;

/** Programs, by the path they have in the image. Their libraries follow. */
export const PROGRAMS = [
  '/usr/bin/busybox',
  '/usr/bin/dash',
  '/usr/bin/ip',
  '/usr/bin/wg',
  '/usr/bin/wireguard-go',
  '/usr/sbin/conntrack',
  '/usr/sbin/nft',
  '/usr/sbin/unbound',
  '/usr/sbin/unbound-checkconf',
  '/usr/sbin/unbound-control',
];

/** Data files taken as they are. */
export const FILES = ['/etc/protocols', '/usr/share/dns/root.hints', '/usr/share/dns/root.key'];

/** busybox applets that have a name of their own in the image. */
export const APPLETS = ['cat', 'insmod', 'ln', 'ls', 'mkdir', 'mount', 'poweroff', 'rm', 'sleep', 'umount'];

/** Directories that exist only to be mounted on or written to by name. */
export const DIRECTORIES = ['/dev', '/proc', '/root', '/run', '/sys', '/tmp', '/var'];

export const LINKS: Record<string, string> = {
  '/bin': 'usr/bin',
  '/sbin': 'usr/sbin',
  '/lib': 'usr/lib',
  '/lib64': 'usr/lib64',
  '/usr/bin/sh': 'dash',
  '/usr/sbin/ip': '../bin/ip',
  '/var/run': '../run',
  '/var/tmp': '../tmp',
};

/** Small files written here. No account has a shell or a password. */
export const TEXTS: Record<string, string> = {
  '/etc/passwd': `root:x:0:0:root:/root:/nonexistent
unbound:x:100:100:resolver:/nonexistent:/nonexistent
filter:x:101:101:filter on port 53:/nonexistent:/nonexistent
nobody:x:65534:65534:nobody:/nonexistent:/nonexistent
`,
  '/etc/group': 'root:x:0:\nunbound:x:100:\nfilter:x:101:\nnogroup:x:65534:\n',
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\nprotocols: files\n',
  '/etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
  '/etc/hostname': 'lethe\n',
};

/** Kernel modules that the initramfs loads to reach the verified root. */
export const BOOT_MODULES = ['virtio_pci', 'virtio_blk', 'dm_verity', 'erofs'];

/** Kernel modules loaded before the firewall; no network device exists yet. */
export const FIREWALL_MODULES = [
  'nf_tables',
  'nft_ct',
  'nft_chain_nat',
  'nft_nat',
  'nft_masq',
  'nft_redir',
  'nft_limit',
  'nft_reject_inet',
  'nft_fib_inet',
];

/** Kernel modules loaded once the firewall is in force. */
export const SERVICE_MODULES = ['virtio_console', 'virtio-rng', 'virtio_net', 'wireguard', 'nf_conntrack_netlink'];

/** Loaded where the kernel has them as modules of their own: fast variants of WireGuard's ciphers. */
export const OPTIONAL_MODULES = ['chacha-x86_64', 'poly1305-x86_64', 'curve25519-x86_64'];
