import { MAX_DEVICE } from '@sotto/protocol/wire';
import { z } from 'zod';
import { bytesOf } from '../base64url.ts';

const charactersOf = (bytes: number): number => Math.ceil((bytes * 4) / 3);

function text(length: number, longest: number, description: string) {
  return z
    .string()
    .min(charactersOf(length))
    .max(charactersOf(longest))
    .regex(/^[A-Za-z0-9_-]*$/)
    .meta({ description: `${description} ${lengthText(length, longest)} in base64url without padding.` });
}

const lengthText = (length: number, longest: number): string =>
  length === longest ? `${length} bytes` : longest === Infinity ? 'Bytes' : `${length} to ${longest} bytes`;

/** Bytes in an answer. */
export const encoded = (length: number, description: string) => text(length, length, description);

/** Bytes of whatever length in an answer. */
export const encodedText = (description: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]*$/)
    .meta({ description: `${description} In base64url without padding.` });

/** Bytes in a question: checked by its length before it is decoded. */
export const bytes = (length: number, description: string, longest = length) =>
  text(length, longest, description).transform((value, context) => {
    const decoded = bytesOf(value);
    if (decoded !== null && decoded.length >= length) return decoded;
    context.issues.push({ code: 'custom', message: 'Invalid base64url', input: value });
    return z.NEVER;
  });

export const device = () => z.int().min(1).max(MAX_DEVICE).meta({ description: 'Number of a device of the account.' });

export const whole = (least: number, most: number, description: string) =>
  z.int().min(least).max(most).meta({ description });

/** ms since 1970. */
export const timeMs = (description: string) =>
  whole(0, Number.MAX_SAFE_INTEGER, `${description} Milliseconds since 1970.`);

/** s since 1970. */
export const timeSeconds = (description: string) =>
  whole(0, Number.MAX_SAFE_INTEGER, `${description} Seconds since 1970.`);

/** A number in a query. */
export const queryNumber = (least: number, most: number, usual: number, description: string) =>
  z
    .string()
    .regex(/^(0|[1-9][0-9]{0,15})$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error: `Must be from ${least} to ${most}` })
    .default(usual)
    .meta({ description, override: { type: 'integer', minimum: least, maximum: most, default: usual } });
