import { MAX_NAME, MAX_URL, MAX_URLS } from './limits.ts';
import { WireError } from './wire-error.ts';

// What the decoders of single messages ask of fields. `field` names the field in errors: "Content.id".

export function checkLength(bytes: Uint8Array, length: number, field: string): void {
  if (bytes.length === length) return;
  if (bytes.length === 0) throw new WireError('missing-field', `${field}: missing`);
  throw new WireError('bad-length', `${field}: must be ${length} bytes`);
}

export function checkOptionalLength(bytes: Uint8Array, length: number, field: string): void {
  if (bytes.length !== 0 && bytes.length !== length) {
    throw new WireError('bad-length', `${field}: must be empty or ${length} bytes`);
  }
}

/** 1 … `max` bytes. */
export function checkSize(bytes: Uint8Array, max: number, field: string): void {
  if (bytes.length === 0) throw new WireError('missing-field', `${field}: missing`);
  if (bytes.length > max) throw new WireError('too-large', `${field}: too large`);
}

export function checkCount(list: readonly unknown[], max: number, field: string): void {
  if (list.length > max) throw new WireError('too-many', `${field}: more than ${max}`);
}

export function checkText(text: string, max: number, field: string): void {
  if (text.length > max) throw new WireError('too-large', `${field}: longer than ${max}`);
}

export const checkName = (name: string, field: string): void => checkText(name, MAX_NAME, field);

export function checkUrls(urls: readonly string[], field: string): void {
  checkCount(urls, MAX_URLS, field);
  for (const url of urls) {
    if (url.length === 0) throw new WireError('missing-field', `${field}: empty`);
    checkText(url, MAX_URL, field);
  }
}

export function checkRange(value: number, min: number, max: number, field: string): void {
  if (value < min || value > max) throw new WireError('out-of-range', `${field}: not within ${min} to ${max}`);
}

export function checkVersion(version: number, spoken: number, message: string): void {
  if (version === spoken) return;
  if (version === 0) throw new WireError('missing-field', `${message}.version: missing`);
  throw new WireError('unknown-version', `${message}: version ${version} is not spoken here, only ${spoken}`);
}

export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new WireError('missing-field', `${field}: missing`);
  return value;
}
