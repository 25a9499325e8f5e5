import { describe, expect, it } from 'vitest';
import { guessDevice } from './device-name.ts';

const agent = (middle: string, end: string): string => `Mozilla/5.0 (${middle}) AppleWebKit/537.36 (KHTML) ${end}`;

describe('a first name for this device', () => {
  it.each([
    [agent('X11; Linux x86_64', 'Chrome/140.0.0.0 Safari/537.36'), 'Chrome', 'Linux'],
    [agent('Linux; Android 15; Pixel 9', 'Chrome/140.0.0.0 Mobile Safari/537.36'), 'Chrome', 'Android'],
    [agent('Windows NT 10.0; Win64', 'Chrome/140.0.0.0 Safari/537.36 Edg/140.0'), 'Edge', 'Windows'],
    [agent('iPhone; CPU iPhone OS 19_0 like Mac OS X', 'Version/19.0 Safari/604.1'), 'Safari', 'iPhone'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox', 'Mac'],
  ])('%s', (text, browser, system) => {
    expect(guessDevice(text)).toEqual({ browser, system });
  });

  it('is left to the person where the browser says nothing', () => {
    expect(guessDevice('')).toBeNull();
    expect(guessDevice('curl/8')).toBeNull();
  });
});
