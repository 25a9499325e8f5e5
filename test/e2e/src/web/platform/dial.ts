// Runs in the browser: the dialer, for the tests to call.
import { browserDialer } from '../../../../../packages/engine/src/platform/browser/browser-dialer.ts';

globalThis.dial = async (url, subprotocol, cancel) => {
  const dialing = browserDialer.open(url, subprotocol);
  if (cancel) dialing.cancel();
  try {
    const socket = await dialing.socket;
    const messages: number[] = [];
    const code = await new Promise<number>((resolve) => {
      socket.onMessage = (message) => messages.push(message.length);
      socket.onClose = resolve;
    });
    return { messages, code };
  } catch (error) {
    return { refused: (error as { code?: unknown }).code };
  }
};
