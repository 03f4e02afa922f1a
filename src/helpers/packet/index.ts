/** The packet families of xdp and the skb types. */
import type { Helper } from '../define.ts';
import type { Vm } from '../vm.ts';
import { cgroupHelpers } from './cgroup.ts';
import { csumHelpers } from './csum.ts';
import { redirectHelpers } from './redirect.ts';
import { routingHelpers } from './routing.ts';
import { skbBytesHelpers } from './skb-bytes.ts';
import { skbHeaderHelpers } from './skb-headers.ts';
import { skbMetaHelpers } from './skb-meta.ts';
import { skbRoomHelpers } from './skb-room.ts';
import { socketHelpers } from './sockets.ts';
import { tunnelHelpers } from './tunnel.ts';
import { vlanHelpers } from './vlan.ts';
import { xdpHelpers } from './xdp.ts';

export const packetHelpers: readonly Helper<Vm>[] = [
  ...cgroupHelpers,
  ...csumHelpers,
  ...redirectHelpers,
  ...routingHelpers,
  ...skbBytesHelpers,
  ...skbHeaderHelpers,
  ...skbMetaHelpers,
  ...skbRoomHelpers,
  ...socketHelpers,
  ...tunnelHelpers,
  ...vlanHelpers,
  ...xdpHelpers,
];
