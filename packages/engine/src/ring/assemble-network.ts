/** The nodes: how they are known, and how they are reached. */
import { Descriptors } from '../account/descriptors.ts';
import type { Home } from '../account/home.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { Profile } from '../account/profile.ts';
import { AnonymousLinks } from '../connection/index.ts';
import type { Platform } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { Timers } from '../timers.ts';
import { RecipientNodes } from './recipient-nodes.ts';
import { RingViews } from './ring-views.ts';
import { TunnelledLinks } from './tunnelled-links.ts';

interface NetworkParts {
  readonly platform: Platform;
  readonly timers: Timers;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  /** Made later. */
  readonly home: () => Home;
}

interface Network {
  readonly links: AnonymousLinks;
  readonly views: RingViews;
  readonly tunnels: TunnelledLinks;
  readonly nodes: RecipientNodes;
}

export function assembleNetwork({ platform, timers, database, own, profile, home }: NetworkParts): Network {
  const descriptors = new Descriptors(database);
  const links = new AnonymousLinks({ platform, cipher: null, descriptors });
  const views = new RingViews({
    platform,
    timers,
    database,
    links,
    descriptors,
    ownLink: (network) => home().linkIn(network),
  });
  const tunnels = new TunnelledLinks({ platform, cipher: null, descriptors });
  const nodes = new RecipientNodes({
    platform,
    views,
    links,
    tunnels,
    own: () => ({ account: own.account.publicKey, route: profile.current.home }),
  });
  return { links, views, tunnels, nodes };
}
