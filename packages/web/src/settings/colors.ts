/** Colours to choose from, 0xRRGGBB; contacts see their hue. */
export const COLORS = [
  ['mulberry', 0x8e_3a_63],
  ['red', 0xb8_3a_3a],
  ['orange', 0xc0_5a_1f],
  ['amber', 0xa8_7a_10],
  ['olive', 0x74_7f_1c],
  ['green', 0x2f_80_45],
  ['teal', 0x17_7e_78],
  ['blue', 0x2a_6f_b8],
  ['indigo', 0x4a_55_bf],
  ['violet', 0x7a_48_bd],
  ['pink', 0xb5_42_90],
] as const satisfies readonly (readonly [string, number])[];
