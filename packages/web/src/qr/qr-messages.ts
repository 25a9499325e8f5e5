/** What page and worker tell each other about a picture. */

export interface ReadRequest {
  readonly request: number;
  readonly picture: ImageBitmap;
  /** A photograph that somebody chose, worth seconds; else one frame of many. */
  readonly thorough: boolean;
}

export interface ReadAnswer {
  readonly request: number;
  readonly text: string | null;
}
