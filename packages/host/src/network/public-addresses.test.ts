import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseAddress } from './public-addresses.ts';

const global = (local: string, more: object = {}) => ({ local, scope: 'global', ...more });

test('the address the route prefers is taken, else the most lasting and public one', () => {
  assert.equal(chooseAddress([global('198.51.100.1'), global('198.51.100.2')], '198.51.100.2'), '198.51.100.2');
  const many = [global('fd00::1'), global('2001:db8::a', { temporary: true }), global('2001:db8::1')];
  assert.equal(chooseAddress(many, null), '2001:db8::1');
  assert.equal(chooseAddress([global('fd00::1')], null), 'fd00::1');
});

test('link-local, deprecated and tentative addresses are none', () => {
  const none = [
    { local: 'fe80::1', scope: 'link' },
    global('2001:db8::1', { deprecated: true }),
    global('2001:db8::2', { tentative: true }),
  ];
  assert.equal(chooseAddress(none, null), null);
});
