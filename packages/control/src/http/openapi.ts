/** The OpenAPI 3.1 document: names, security schemes, and references in place of repeated schemas. */

import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

export const OPENAPI_OPTIONS: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Lethe',
      version: '1',
      description:
        'Two planes that do not meet. `accounts` knows who signs in and what is paid for; `fleet` knows servers and the owner keys that sign requests. The only thing that passes between them is a voucher that the customer carries.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [
      { name: 'accounts', description: 'E-mail, subscription, vault, vouchers. Knows no server.' },
      { name: 'fleet', description: 'Servers, leases, device lists. Knows no account.' },
      { name: 'hosts', description: 'Machines on which servers run.' },
      { name: 'evidence', description: 'What looks at servers have shown, and where it stands in the log.' },
      { name: 'incidents', description: 'What was not as it should be, for persons of the trust root.' },
      { name: 'service', description: 'The service itself.' },
    ],
    components: {
      securitySchemes: {
        session: { type: 'http', scheme: 'bearer', description: 'The token of a session.' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'lethe', description: 'The same token, for the page.' },
        ownerSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'signature',
          description:
            'RFC 9421 with Ed25519 over @method, @path, @query and content-digest; `signature-input` and `content-digest` go with it. The key is the identity.',
        },
        personSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'signature',
          description: 'The same, with a key of a person of the newest trust root.',
        },
        hostSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'signature',
          description: 'The same, with the key of a host.',
        },
      },
    },
  },
  refResolver: {
    buildLocalReference: (json, _base, _fragment, index) =>
      typeof json['$id'] === 'string' ? json['$id'] : `def-${index}`,
  },
};
