import type { EngineHandle } from '@sotto/engine/api';

/** Takes everything that was said out of this device, newest first. */
export async function forgetConversation(
  engine: Pick<EngineHandle, 'history' | 'hide'>,
  conversation: string,
): Promise<void> {
  for (;;) {
    const { messages } = await engine.history({ conversation, limit: 200 });
    const shown = messages.filter(({ content }) => !('gap' in content));
    if (shown.length === 0) return;
    await Promise.all(shown.map(({ id }) => engine.hide({ id, conversation })));
  }
}
