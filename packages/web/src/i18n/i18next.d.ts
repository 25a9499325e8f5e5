import 'i18next';
import type app from './en/app.json';
import type backup from './en/backup.json';
import type conversation from './en/conversation.json';
import type engine from './en/engine.json';
import type install from './en/install.json';
import type linking from './en/linking.json';
import type onboarding from './en/onboarding.json';
import type people from './en/people.json';
import type room from './en/room.json';
import type settings from './en/settings.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app';
    returnNull: false;
    resources: {
      app: typeof app;
      backup: typeof backup;
      conversation: typeof conversation;
      engine: typeof engine;
      install: typeof install;
      linking: typeof linking;
      onboarding: typeof onboarding;
      people: typeof people;
      room: typeof room;
      settings: typeof settings;
    };
  }
}
