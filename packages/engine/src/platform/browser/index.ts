/** What a page needs to use a profile of this browser. The worker it starts runs serveWorker() of `…/browser/worker`. */
export { openBrowserProfile } from './open-browser-profile.ts';
export type {
  BackupRequest,
  BrowserProtection,
  LinkRequest,
  NewAccount,
  OpenProfileOptions,
  ProfileClient,
  ProfileFailure,
  ProfileState,
  RestoreRequest,
  WrittenBackup,
} from './profile-client.ts';
