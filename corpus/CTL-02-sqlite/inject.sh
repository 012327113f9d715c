#!/bin/sh
mkdir -p /srv/app
python3 -c "
import sqlite3
db = sqlite3.connect('/srv/app/app.db')
db.execute('CREATE TABLE user (id text primary key, email text)')
db.execute('CREATE TABLE session (id text primary key, token text, ipAddress text, userAgent text, userId text references user (id))')
db.commit()"
