/** As in package.json, which a page does not read. */
export const version = '0.1.0';
