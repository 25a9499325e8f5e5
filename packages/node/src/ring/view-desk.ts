import type { Clock } from '@sotto/protocol/link';
import { sameBytes } from '@sotto/protocol/crypto';
import type { DescriptorSet, RingDescriptor, View } from '@sotto/protocol/ring';
import { create, decodeNodeDescriptor, type FetchView, MAX_DESCRIPTORS, ViewSchema } from '@sotto/protocol/wire';
import type { Link } from '../links/link.ts';

export interface ViewDeskParts {
  readonly clock: Clock;
  readonly descriptors: DescriptorSet;
  readonly self: string;
  readonly view: () => View;
}

/** Tells everybody who asks which nodes there are (RING-43). */
export class ViewDesk {
  readonly #parts: ViewDeskParts;

  constructor(parts: ViewDeskParts) {
    this.#parts = parts;
  }

  fetch(link: Link, request: number, { known, after, onlySelf }: FetchView): void {
    const { descriptors, self } = this.#parts;
    const { hash, epoch } = this.#parts.view();
    const knows = sameBytes(known, hash);
    const all = knows ? [] : onlySelf ? descriptors.of(self).toReversed() : descriptors.all();
    const held = all.filter((descriptor) => this.#counts(descriptor));
    const page = held.slice(after, after + MAX_DESCRIPTORS);
    const value = create(ViewSchema, {
      hash,
      epoch: BigInt(epoch),
      descriptors: page.map(({ encoded }) => decodeNodeDescriptor(encoded)),
      total: held.length,
    });
    link.send(request, { case: 'view', value });
  }

  #counts({ until }: RingDescriptor): boolean {
    return until > this.#parts.clock.now();
  }
}
