set -e
mkdir -p /srv/api
cat >/srv/api/server.js <<'J'
const express = require('express');
const morgan = require('morgan');
const app = express();
app.use(morgan('combined'));
app.get('/', (_, response) => response.sendStatus(204));
app.listen(8080, '0.0.0.0');
J
cd /srv/api
NODE_PATH=/usr/share/nodejs /usr/bin/node /srv/api/server.js >/var/log/api.log 2>&1 </dev/null &
