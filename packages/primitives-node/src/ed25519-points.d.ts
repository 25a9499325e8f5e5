/** False for encodings with y >= p and for points of small order. Whether it is a point at all is not looked at. */
export declare function isStrictPoint(encoded: Uint8Array): boolean;
