/**
 * Which changed lines could touch logging or capturing. Advice for the eyes of an approver: a closed list, wide on purpose, since a mark
 * too many costs a look and a mark too few could cost the promise. A line without a mark is not thereby harmless.
 */

/** Parts of words, found anywhere in a line and in any case: `logfile`, `use-syslog` and `nflog` all have `log` in them. */
export const WORDS: readonly string[] = [
  // Logs, and how much is said in them.
  'log verbos journal debug printk kmsg dmesg martian report stdout stderr console',
  // Captures and copies of traffic.
  'pcap captur dump shark sniff mirror mirred dup tee fwd tap promisc snaplen af_packet',
  'queue proxy redir flow ipfix export offload forward remote upload socket pipe',
  // Watching a kernel or a program.
  'trac track probe perf bpf audit monitor watch record event notif acct core_',
  'kexec sysrq kptr module python dynlib',
  // Counting and keeping.
  'statist stats metric count quota meter telemetry prometheus snmp collect histor',
  'cache ttl timeout timestamp expire prefetch retention save storage persist file',
  'database sql redis swap mount dynamic',
  // Names that were looked up.
  'dnstap quer repl qname identity subnet include control-',
  // Silence itself: where such a word stands, its loss matters.
  'silen quiet null nonexistent disable restrict hide minim harden',
].flatMap((line) => line.split(' '));

const ANY = new RegExp(WORDS.join('|'), 'i');

const SHAPES = [
  // A letter of another alphabet or an invisible character could split a word or stand for one of its letters.
  /[^ -~\t]/u,
  // A line that goes on in the next one.
  /\\$/,
  // Output that goes elsewhere, programs within programs.
  /[|>`]|\$\(/,
  // Sets of nftables that packets fill.
  /\b(?:add|update)\b.*@/,
] as const;

/** True if a changed line could touch logging or capturing. Quotes and backslashes within a word do not hide it. */
export const couldTouchLogging = (line: string): boolean =>
  ANY.test(line.replace(/["'\\]/g, '')) || SHAPES.some((shape) => shape.test(line));
