import type { EngineApi } from '@sotto/engine/api';

const PAGE = 100;

/**
 * Takes every message of a conversation out of the history of this device, oldest part last, until `signal` aborts.
 * @param onCleared how many are gone so far
 */
export async function clearConversation(
  engine: Pick<EngineApi, 'history' | 'hide' | 'markRead'>,
  conversation: string,
  { signal, onCleared }: { signal: AbortSignal; onCleared: (count: number) => void },
): Promise<number> {
  let count = 0;
  let before: number | undefined;
  for (;;) {
    const page = await engine.history({ conversation, limit: PAGE, ...(before === undefined ? {} : { before }) });
    const newest = page.messages.at(-1);
    if (newest !== undefined && count === 0) await engine.markRead({ conversation, upTo: newest.position });
    for (const { id } of page.messages) {
      if (signal.aborted) return count;
      await engine.hide({ id, conversation });
      onCleared(++count);
    }
    before = page.messages[0]?.position;
    if (!page.more || before === undefined) return count;
  }
}
