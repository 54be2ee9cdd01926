import { z } from 'zod';
import { AddressError } from './address.ts';
import { AppError } from './errors.ts';
import { nameLimit, requireName } from './names.ts';
import { networkOf } from './networks.ts';
import { originOf } from './origin.ts';

/** An address by one of these protocols, such as `https:`. */
export const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be an address that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });

/** An address that is taken apart where it is used; here it is only found out whether `parse` can. */
export const address = (parse: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });

/** An origin, in the form of `originOf`. */
export const origin = z.string().transform((text, context) => {
  const found = originOf(text);
  if (found !== null) return found;
  context.addIssue({ code: 'custom', message: 'must be an origin such as https://app.example.com or capacitor://localhost, without a path' });
  return z.NEVER;
});

/** A network, in the form of `networkOf`. */
export const network = z.string().transform((text, context) => {
  const found = networkOf(text);
  if (found !== null) return found;
  context.addIssue({ code: 'custom', message: 'must be addresses or networks such as 127.0.0.1,10.0.0.0/8, with commas between, and not everybody' });
  return z.NEVER;
});

/** What stands between commas, without what is empty. */
export const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

/** JSON, as what it means. */
export const json = z.string().transform((text, context) => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
});

/** A name that people are shown. */
export const name = z.string().transform((text, context) => {
  try {
    return requireName('', text, nameLimit);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    context.addIssue({ code: 'custom', message: `must be one line of 1 to ${nameLimit} characters, with something to see among them` });
    return z.NEVER;
  }
});
