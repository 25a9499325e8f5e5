/** Which texts are there from the beginning, and which come with the screens that use them. */
import app from './en/app.json' with { type: 'json' };
import onboarding from './en/onboarding.json' with { type: 'json' };

export const bundled = { app, onboarding };

const later = {
  conversation: () => import('./en/conversation.json'),
  engine: () => import('./en/engine.json'),
  people: () => import('./en/people.json'),
  room: () => import('./en/room.json'),
  settings: () => import('./en/settings.json'),
  linking: () => import('./en/linking.json'),
  backup: () => import('./en/backup.json'),
  install: () => import('./en/install.json'),
};

export type LaterArea = keyof typeof later;
export type Area = keyof typeof bundled | LaterArea;

export async function readTexts(area: LaterArea): Promise<Record<string, unknown>> {
  const { default: texts } = await later[area]();
  return texts;
}
