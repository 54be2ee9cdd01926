import { badInput, type Locale } from '../../kernel/errors.ts';
import { harmlessName, optionalName } from '../../kernel/names.ts';
import { isObject, storedJson } from '../../kernel/stored-json.ts';
import { type Content, type ContentKind, type Found, storedAs, withoutFiles } from './content.service.ts';

/** The most characters of the name of a place. */
export const placeNameLimit = 100;

/** A place on the earth, in degrees. */
export interface LocationInput {
  readonly latitude: number;
  readonly longitude: number;
  readonly name?: string | null | undefined;
}

declare module './content.service.ts' {
  interface ContentInput {
    readonly location?: LocationInput | null | undefined;
  }
}

const label = { zh: '位置', en: 'location' } as const;

/** A place on the earth. */
export class LocationContent implements Content {
  readonly kind = 'LOCATION';
  readonly typename = 'LocationContent';
  readonly latitude: number;
  readonly longitude: number;
  readonly name: string | null;

  constructor(latitude: number, longitude: number, name: string | null) {
    this.latitude = latitude;
    this.longitude = longitude;
    this.name = name;
  }

  get stored() {
    const { latitude, longitude, name } = this;
    return storedAs({ latitude, longitude, name, text: this.text('en') }, this);
  }

  get searchable(): string | null {
    return this.name;
  }

  text(locale: Locale): string {
    return this.name === null ? `[${label[locale]}]` : `[${label[locale]}] ${harmlessName(this.name)}`;
  }

  forwarded(): Found {
    return withoutFiles(this);
  }
}

/** Places. */
export const locationKind: ContentKind = {
  kind: 'LOCATION',
  read({ content }) {
    const stored = content === null ? null : storedJson(content);
    if (!isObject(stored)) return null;
    const { latitude, longitude, name } = stored;
    if (!isWithin(latitude, 90) || !isWithin(longitude, 180)) return null;
    return new LocationContent(latitude, longitude, typeof name === 'string' ? name : null);
  },
  take({ location }) {
    if (!location) return null;
    const { latitude, longitude, name } = location;
    if (!isWithin(latitude, 90)) throw badInput('content.location.latitude', { zh: '应在 -90 到 90 之间', en: 'Give degrees from -90 to 90' });
    if (!isWithin(longitude, 180)) throw badInput('content.location.longitude', { zh: '应在 -180 到 180 之间', en: 'Give degrees from -180 to 180' });
    const shown = optionalName('content.location.name', name, placeNameLimit);
    return {
      mark: { location: [latitude, longitude, name ?? null] },
      characters: name?.length ?? 0,
      find: () => withoutFiles(new LocationContent(latitude, longitude, shown)),
    };
  },
};

/** Whether a value is a number of degrees up to so many in either direction. */
function isWithin(value: unknown, most: number): value is number {
  return typeof value === 'number' && Math.abs(value) <= most;
}
