// An S3 for the tests: @20minutes/s3rver, which checks Signature Version 4 and the age of a request. Before it stands what
// the owner of a bucket may have set, by the bucket's name: "no-acl…" refuses access rules, "block…" refuses what would be
// public, "closed…" is not open to strangers.
//
//     node s3.js MODULES DIRECTORY BUCKET...      (the key: S3_KEY_ID, S3_KEY_SECRET in the environment)
//
// Each request is a line of JSON on standard output, behind "request ".
'use strict';

const path = require('path');

const [modules, directory, ...buckets] = process.argv.slice(2);
const s3rver = path.join(modules, '@20minutes', 's3rver');
const S3rver = require(s3rver);
const account = require(path.join(s3rver, 'lib', 'models', 'account')).DUMMY_ACCOUNT;

account.revokeAccessKey('S3RVER');
account.createKeyPair(process.env.S3_KEY_ID, process.env.S3_KEY_SECRET);

function refuse(ctx, status, code) {
  ctx.status = status;
  ctx.type = 'application/xml';
  ctx.body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>no</Message></Error>`;
}

function policy(ctx, next) {
  const bucket = ctx.path.split('/')[1];
  const asks = ctx.method === 'PUT' && ctx.get('x-amz-acl');
  process.stdout.write(`request ${JSON.stringify({ method: ctx.method, path: ctx.path, headers: ctx.headers })}\n`);
  if (asks && bucket.startsWith('no-acl')) return refuse(ctx, 400, 'AccessControlListNotSupported');
  if (asks && bucket.startsWith('block')) return refuse(ctx, 403, 'AccessDenied');
  if (bucket.startsWith('closed') && !ctx.get('authorization')) return refuse(ctx, 403, 'AccessDenied');
  return next();
}

const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory,
  vhostBuckets: false,
  configureBuckets: buckets.map((name) => ({ name, configs: [] })),
});
server.middleware.unshift(policy);
server.run().then(({ port }) => process.stdout.write(`listens on http://127.0.0.1:${port}\n`));
process.on('SIGTERM', () => process.exit(0));
