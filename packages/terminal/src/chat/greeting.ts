import type { Whoami } from '@sotto/engine/api';

/** What stands on the start page when the chat opens. */
export function greetingLines(me: Whoami): string[] {
  return [
    `You are ${me.name}.`,
    ...inviteLines(me),
    `On a live node or in a private room others reach you with /to ${me.token}`,
    '/add LINK adds somebody, /to NAME opens a conversation, /help lists everything.',
  ];
}

export function inviteLines({ invite }: Whoami): string[] {
  return invite === ''
    ? ['The link with which others reach you is shown when the node has answered.']
    : ['Others reach you with this link (/invite shows it again, sotto whoami on one line):', invite];
}
