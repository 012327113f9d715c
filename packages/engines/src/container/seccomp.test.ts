import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seccompProfile } from './seccomp.ts';

test('what is not named is refused, and no name is there twice', () => {
  const profile = seccompProfile('x64');
  assert.equal(profile.defaultAction, 'SCMP_ACT_ERRNO');
  assert.equal(profile.defaultErrnoRet, 1);
  const [names] = profile.syscalls.map((rule) => rule.names);
  assert.equal(new Set(names).size, names!.length);
  for (const ruled of ['socket', 'clone', 'clone3']) assert.equal(names!.includes(ruled), false, ruled);
});

test('one table of calls only: the native one', () => {
  assert.deepEqual(seccompProfile('x64').architectures, ['SCMP_ARCH_X86_64']);
  assert.deepEqual(seccompProfile('arm64').architectures, ['SCMP_ARCH_AARCH64']);
  assert.throws(() => seccompProfile('ia32'), RangeError);
});
