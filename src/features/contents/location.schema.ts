import { builder } from '../../graphql/builder.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { MessageContentRef } from './content.schema.ts';
import type { LocationContent } from './location.service.ts';

announceFeature('locations');

builder.objectRef<LocationContent>('LocationContent').implement({
  description: 'A place on the earth.',
  interfaces: [MessageContentRef],
  fields: (t) => ({
    latitude: t.exposeFloat('latitude', { description: 'Degrees north of the equator: -90 to 90.' }),
    longitude: t.exposeFloat('longitude', { description: 'Degrees east of Greenwich: -180 to 180.' }),
    name: t.exposeString('name', { nullable: true, description: 'What the sender calls the place; null where nothing was said.' }),
  }),
});
