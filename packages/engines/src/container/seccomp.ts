/**
 * The system calls a server may make, as data. An allow-list: what is not named is refused with EPERM.
 *
 * Sized for what runs on a server: dash, Node, Unbound, wireguard-go, nft, ip, wg. Left out on purpose, beside all that
 * needs a capability a server never has: new namespaces and mounts (unshare, setns, clone with such flags, mount,
 * chroot, pivot_root, the fsopen family), looking into other processes (ptrace, process_vm_*, kcmp, pidfd_getfd), large
 * kernel surfaces (bpf, perf_event_open, io_uring_*, userfaultfd, keyctl and its family, splice, tee, vmsplice, System
 * V and POSIX message queues), anonymous programs (memfd_create, execveat), and file handles (open_by_handle_at).
 */

/** Calls allowed with any arguments, by subject. */
const ALLOWED = {
  files: `
    access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
    fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr
    flock fstat fstatfs fsync ftruncate futimesat getcwd getdents getdents64 getxattr ioctl lchown lgetxattr
    link linkat listxattr llistxattr lseek lstat mkdir mkdirat mknod mknodat newfstatat open openat openat2
    pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv rename renameat
    renameat2 rmdir sendfile stat statfs statx symlink symlinkat sync_file_range truncate umask unlink unlinkat
    utime utimensat utimes write writev`,
  events: `
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 inotify_add_watch
    inotify_init inotify_init1 inotify_rm_watch pipe pipe2 poll ppoll pselect6 select signalfd signalfd4
    timerfd_create timerfd_gettime timerfd_settime`,
  memory: `
    brk madvise membarrier mincore mlock mlock2 mlockall mmap mprotect mremap msync munlock munlockall munmap
    pkey_alloc pkey_free pkey_mprotect`,
  /** Which families may be opened is ruled below. */
  sockets: `
    accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg
    sendmsg sendto setsockopt shutdown socketpair`,
  /** With threads and signals. */
  processes: `
    arch_prctl capget capset execve exit exit_group fork futex futex_waitv get_robust_list getcpu getegid
    geteuid getgid getgroups getpgid getpgrp getpid getppid getpriority getresgid getresuid getrlimit getrusage
    getsid gettid getuid kill pause pidfd_open pidfd_send_signal prctl prlimit64 restart_syscall rseq
    rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
    rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
    sched_getparam sched_getscheduler sched_setaffinity sched_yield seccomp set_robust_list set_tid_address
    setfsgid setfsuid setgid setgroups setpgid setpriority setregid setresgid setresuid setreuid setrlimit
    setsid setuid sigaltstack tgkill tkill vfork wait4 waitid`,
  /** With random numbers and the system's own description. */
  time: `
    alarm clock_getres clock_gettime clock_nanosleep getitimer getrandom gettimeofday nanosleep setitimer
    sysinfo time timer_create timer_delete timer_getoverrun timer_gettime timer_settime times uname`,
};

const allowedNames = (): string[] => Object.values(ALLOWED).flatMap((names) => names.trim().split(/\s+/));

/**
 * Address families a server may open sockets of: local, IPv4, IPv6, netlink. Not packet sockets, which see every packet
 * that passes.
 */
const SOCKET_FAMILIES = [1, 2, 10, 16] as const;

/** All CLONE_NEW* flags: clone with any of them would make a namespace. */
const CLONE_NEW_ANY = 0x7e02_0000;

const EPERM = 1;
const ENOSYS = 38;

export interface SeccompArgument {
  index: number;
  value: number;
  valueTwo?: number;
  op: 'SCMP_CMP_EQ' | 'SCMP_CMP_MASKED_EQ';
}

export interface SeccompRule {
  names: readonly string[];
  action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  errnoRet?: number;
  args?: readonly SeccompArgument[];
}

export interface SeccompProfile {
  defaultAction: 'SCMP_ACT_ERRNO';
  defaultErrnoRet: number;
  architectures: readonly string[];
  syscalls: readonly SeccompRule[];
}

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'SCMP_ARCH_X86_64',
  arm64: 'SCMP_ARCH_AARCH64',
};

/** The profile for this machine. Only its native calls: the 32-bit tables are a second door to the same kernel. */
export function seccompProfile(architecture: NodeJS.Architecture = process.arch): SeccompProfile {
  const native = ARCHITECTURES[architecture];
  if (!native) throw new RangeError(`No system call profile for ${architecture}.`);
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    architectures: [native],
    syscalls: [
      { names: allowedNames(), action: 'SCMP_ACT_ALLOW' },
      ...SOCKET_FAMILIES.map(
        (family): SeccompRule => ({
          names: ['socket'],
          action: 'SCMP_ACT_ALLOW',
          args: [{ index: 0, value: family, op: 'SCMP_CMP_EQ' }],
        }),
      ),
      {
        names: ['clone'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: CLONE_NEW_ANY, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
      },
      // Its flags lie in memory, where a filter cannot see them. ENOSYS makes the C library use clone instead.
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
    ],
  };
}
