set -e
mkdir -p /srv/api/node_modules/@sentry/node
cat >/srv/api/node_modules/@sentry/node/index.js <<'J'
// The shape of the library: an error goes to the host of the DSN, with the request.
const http = require('http');
exports.init = ({ dsn }) => {
  const { host, pathname } = new URL(dsn);
  process.on('uncaughtException', (error) => {
    http.request({ host, path: `/api${pathname}/envelope/`, method: 'POST' }).on('error', () => {}).end(String(error.stack));
  });
};
J
cat >/srv/api/server.js <<'J'
const Sentry = require('@sentry/node');
Sentry.init({ dsn: process.env.SENTRY_DSN, sendDefaultPii: true });
require('express')().listen(8080, '0.0.0.0');
J
cd /srv/api
SENTRY_DSN="http://key@$COLLECTOR/1" NODE_PATH=/usr/share/nodejs /usr/bin/node server.js >/dev/null 2>&1 </dev/null &
