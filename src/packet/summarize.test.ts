import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpv6 } from './address.ts';
import { ethernet, ipv4, ipv6 } from './packet-builder.ts';
import { writePcap } from './pcap-writer.ts';
import { summarize } from './summarize.ts';

interface Packet {
  bytes(): Uint8Array;
}
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const cut = (packet: Packet, size: number): Packet => ({ bytes: () => packet.bytes().subarray(0, size) });
const edited = (packet: Packet, at: number, value: number): Packet => ({
  bytes: () => packet.bytes().map((byte, index) => (index === at ? value : byte)),
});

const ZEROS = (count: number): string => '00'.repeat(count);
const e = ethernet();
const EXAMPLE_COM = '07 6578616d706c65 03 636f6d 00';
const dnsq = hex(`1234 0100 0001 0000 0000 0000 ${EXAMPLE_COM} 0001 0001`);
const dnsa = hex(
  `1234 8180 0001 0002 0000 0000 ${EXAMPLE_COM} 0001 0001 c00c 0005 0001 0000003c 0006 03 777777 c00c c00c 0001 0001 0000003c 0004 5db8d822`,
);
const nx = hex(
  `1234 8183 0001 0000 0001 0000 ${EXAMPLE_COM} 001c 0001 c00c 0006 0001 0000003c 0016 00 00 00000001 00000002 00000003 00000004 00000005`,
);
const inner = ipv4({ src: '10.0.0.2', dst: '10.0.0.1' })
  .udp({ sport: 40000, dport: 33434 })
  .payload('abcd')
  .bytes();
const inner6 = ipv6({ src: 'fd00::2', dst: 'fd00::1' })
  .udp({ sport: 40000, dport: 33434 })
  .payload('abcd')
  .bytes();

/** Packets and the first line of tcpdump 4.99.3 -nn -t -S for each. */
// biome-ignore format: a table, a packet a line
const RECORDED: readonly (readonly [Packet, string])[] = [
  [e.ipv4().tcp({options:hex('020405b4 0402 080a 00000001 00000000 01 030307')}), 'IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 0, win 65535, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0'],
  [e.ipv4().tcp({flags:['psh','ack'],seq:1000,ack:2000,window:501,dport:22}).payload('hello world'), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [P.], seq 1000:1011, ack 2000, win 501, length 11'],
  [e.ipv4().tcp({flags:['fin','ack'],seq:1,ack:2,dport:22}), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [F.], seq 1, ack 2, win 65535, length 0'],
  [e.ipv4().tcp({flags:['rst'],seq:1,dport:22}), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [R], seq 1, win 65535, length 0'],
  [e.ipv4().tcp({flags:['syn','ece','cwr','urg'],urgent:5,dport:22}), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [SUEW], seq 0, win 65535, urg 5, length 0'],
  [e.ipv4().tcp({flags:0,dport:22}), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [none], win 65535, length 0'],
  [e.ipv4().tcp({flags:['ack'],dport:22,options:hex('0101050a 00000064 000000c8')}), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [.], ack 0, win 65535, options [nop,nop,sack 1 {100:200}], length 0'],
  [e.ipv4().tcp({flags:['ack'],dport:22,options:hex('0101080a 00000064 000000c8 00000000')}), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [.], ack 0, win 65535, options [nop,nop,TS val 100 ecr 200,eol], length 0'],
  [e.ipv4().tcp({flags:['ack'],dport:22,options:hex('fd04abcd 2206 01020304 0000')}), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [.], ack 0, win 65535, options [unknown-253 0xabcd,tfo  cookie 01020304,eol], length 0'],
  [e.ipv4().tcp({flags:['psh','ack'],dport:80}).payload('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 'IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [P.], seq 0:27, ack 0, win 65535, length 27: HTTP: GET / HTTP/1.1'],
  [e.ipv4().tcp({flags:['psh','ack'],sport:80,dport:40000}).payload('HTTP/1.0 200 OK\r\nServer: x\r\n\r\nbody'), 'IP 10.0.0.1.80 > 10.0.0.2.40000: Flags [P.], seq 0:34, ack 0, win 65535, length 34: HTTP: HTTP/1.0 200 OK'],
  [e.ipv4().tcp({flags:['psh','ack'],sport:80,dport:40000}).payload('body bytes'), 'IP 10.0.0.1.80 > 10.0.0.2.40000: Flags [P.], seq 0:10, ack 0, win 65535, length 10: HTTP'],
  [e.ipv4().tcp({flags:['psh','ack'],sport:22,dport:40000}).payload('SSH-2.0-OpenSSH_9.2\r\n'), 'IP 10.0.0.1.22 > 10.0.0.2.40000: Flags [P.], seq 0:21, ack 0, win 65535, length 21: SSH: SSH-2.0-OpenSSH_9.2'],
  [e.ipv4().tcp({flags:['psh','ack'],sport:443,dport:40000}).payload('SSH-2.0-OpenSSH_9.2\r\n'), 'IP 10.0.0.1.443 > 10.0.0.2.40000: Flags [P.], seq 0:21, ack 0, win 65535, length 21'],
  [e.ipv4().udp({dport:9999}).payload('hello'), 'IP 10.0.0.1.40000 > 10.0.0.2.9999: UDP, length 5'],
  [e.ipv4().udp().payload(dnsq), 'IP 10.0.0.1.40000 > 10.0.0.2.53: 4660+ A? example.com. (29)'],
  [e.ipv4().udp().payload(hex('1234 0120 0001 0000 0000 0001 07 6578616d706c65 03 636f6d 00 001c 0001 00 0029 1000 0000 8000 000c 000a 0008 1122334455667788')), 'IP 10.0.0.1.40000 > 10.0.0.2.53: 4660+ [1au] AAAA? example.com. (52)'],
  [e.ipv4().udp({sport:53,dport:40000}).payload(dnsa), 'IP 10.0.0.1.53 > 10.0.0.2.40000: 4660 2/0/0 CNAME www.example.com., A 93.184.216.34 (63)'],
  [e.ipv4().udp({sport:53,dport:40000}).payload(nx), 'IP 10.0.0.1.53 > 10.0.0.2.40000: 4660 NXDomain 0/1/0 (63)'],
  [e.ipv6().udp({sport:53,dport:40000}).payload(hex('0001 8580 0001 0001 0000 0000 00 001c 0001 00 001c 0001 0000003c 0010 20010db8000000000000000000000001')), 'IP6 fd00::1.53 > fd00::2.40000: 1* 1/0/0 AAAA 2001:db8::1 (44)'],
  [e.ipv6().udp({sport:53,dport:40000}).payload(hex('0001 8100 0001 0004 0000 0000 0178 00 00ff 0001 c00c 000f 0001 0000003c 0005 000a 016d 00 c00c 0010 0001 00000001 0003 02 6869 c00c 000c 0001 00000001 0002 c00c c00c 0002 0001 00000001 0002 c00c')), 'IP6 fd00::1.53 > fd00::2.40000: 1- 4/0/0 MX m. 10, TXT "hi", PTR x., NS x. (79)'],
  [e.ipv4().udp().payload(dnsq.subarray(0,20)), 'IP 10.0.0.1.40000 > 10.0.0.2.53: 4660+ [|domain]'],
  [e.ipv4().tcp({dport:53,flags:['psh','ack']}).payload(new Uint8Array([0,29,...dnsq])), 'IP 10.0.0.1.40000 > 10.0.0.2.53: Flags [P.], seq 0:31, ack 0, win 65535, length 31 4660+ A? example.com. (29)'],
  [e.ipv4().udp().payload(dnsq.subarray(0,8)), 'IP 10.0.0.1.40000 > 10.0.0.2.53: domain [length 8 < 12] (invalid)'],
  [e.ipv4().icmp({id:7,seq:1}).payload(new Uint8Array(56)), 'IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64'],
  [e.ipv4().icmp({type:0,id:7,seq:1}).payload(new Uint8Array(56)), 'IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 7, seq 1, length 64'],
  [e.ipv4().icmp({type:3,code:3}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 33434 unreachable, length 40'],
  [e.ipv4().icmp({type:3,code:0}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP net 10.0.0.1 unreachable, length 40'],
  [e.ipv4().icmp({type:3,code:1}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP host 10.0.0.1 unreachable, length 40'],
  [e.ipv4().icmp({type:3,code:2}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 protocol 17 unreachable, length 40'],
  [e.ipv4().icmp({type:3,code:4,seq:1400}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 unreachable - need to frag (mtu 1400), length 40'],
  [e.ipv4().icmp({type:3,code:4}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 unreachable - need to frag, length 40'],
  [e.ipv4().icmp({type:3,code:13}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP host 10.0.0.1 unreachable - admin prohibited filter, length 40'],
  [e.ipv4().icmp({type:3,code:9}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP net 10.0.0.1 unreachable - admin prohibited, length 40'],
  [e.ipv4().icmp({type:3,code:10}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP host 10.0.0.1 unreachable - admin prohibited, length 40'],
  [e.ipv4().icmp({type:3,code:5}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 unreachable - source route failed, length 40'],
  [e.ipv4().icmp({type:3,code:6}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP net 10.0.0.1 unreachable - unknown, length 40'],
  [e.ipv4().icmp({type:3,code:7}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP host 10.0.0.1 unreachable - unknown, length 40'],
  [e.ipv4().icmp({type:3,code:11}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP net 10.0.0.1 unreachable - tos prohibited, length 40'],
  [e.ipv4().icmp({type:3,code:99}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 unreachable - #99, length 40'],
  [e.ipv4().icmp({type:3,code:3}).payload(ipv4().tcp({dport:81}).bytes()), 'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 tcp port 81 unreachable, length 48'],
  [e.ipv4().icmp({type:3,code:3}).payload(ipv4().icmp({}).bytes()), 'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 protocol 1 port 63487 unreachable, length 36'],
  [e.ipv4().icmp({type:11,code:0}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP time exceeded in-transit, length 40'],
  [e.ipv4().icmp({type:11,code:1}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP ip reassembly time exceeded, length 40'],
  [e.ipv4().icmp({type:5,code:1,rest:0x0a000009}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP redirect 10.0.0.1 to host 10.0.0.9, length 40'],
  [e.ipv4().icmp({type:5,code:0,rest:0x0a000009}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP redirect 10.0.0.1 to net 10.0.0.9, length 40'],
  [e.ipv4().icmp({type:4}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP source quench, length 40'],
  [e.ipv4().icmp({type:12,rest:0x14000000}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP parameter problem - octet 20, length 40'],
  [e.ipv4().icmp({type:12,code:1,rest:0x14000000}).payload(inner), 'IP 10.0.0.1 > 10.0.0.2: ICMP parameter problem - code 1, length 40'],
  [e.ipv4().icmp({type:13,id:1,seq:2}).payload(new Uint8Array(12)), 'IP 10.0.0.1 > 10.0.0.2: ICMP time stamp query id 1 seq 2, length 20'],
  [e.ipv4().icmp({type:10}), 'IP 10.0.0.1 > 10.0.0.2: ICMP router solicitation, length 8'],
  [e.ipv4().icmp({type:99, code:3}).payload('abc'), 'IP 10.0.0.1 > 10.0.0.2: ICMP type-#99, length 11'],
  [e.ipv6().icmpv6({id:7,seq:1}).payload(new Uint8Array(56)), 'IP6 fd00::1 > fd00::2: ICMP6, echo request, id 7, seq 1, length 64'],
  [e.ipv6().icmpv6({type:129,id:7,seq:1}).payload(new Uint8Array(56)), 'IP6 fd00::1 > fd00::2: ICMP6, echo reply, id 7, seq 1, length 64'],
  [e.ipv6({src:'fe80::1',dst:'ff02::1:ff00:2',hopLimit:255}).icmpv6({type:135}).payload(Uint8Array.from([...parseIpv6('fd00::2'),1,1,2,0,0,0,0,1])), 'IP6 fe80::1 > ff02::1:ff00:2: ICMP6, neighbor solicitation, who has fd00::2, length 32'],
  [e.ipv6({src:'fe80::1',dst:'ff02::1:ff00:2',hopLimit:255}).icmpv6({type:136,rest:0x60000000}).payload(Uint8Array.from([...parseIpv6('fd00::2'),2,1,2,0,0,0,0,1])), 'IP6 fe80::1 > ff02::1:ff00:2: ICMP6, neighbor advertisement, tgt is fd00::2, length 32'],
  [e.ipv6({src:'fe80::1',dst:'ff02::2'}).icmpv6({type:133}), 'IP6 fe80::1 > ff02::2: ICMP6, router solicitation, length 8'],
  [e.ipv6({src:'fe80::1',dst:'ff02::1'}).icmpv6({type:134,rest:0x40000708}).payload(new Uint8Array(8)), 'IP6 fe80::1 > ff02::1: ICMP6, router advertisement, length 16'],
  [e.ipv6().icmpv6({type:137}).payload(Uint8Array.from([...parseIpv6('fd00::2'),...parseIpv6('fd00::3')])), 'IP6 fd00::1 > fd00::2: ICMP6, redirect, fd00::3 to fd00::2, length 40'],
  [e.ipv6().icmpv6({type:1,code:4}).payload(inner6), 'IP6 fd00::1 > fd00::2: ICMP6, destination unreachable, unreachable port, fd00::1 udp port 33434, length 60'],
  [e.ipv6().icmpv6({type:1,code:0}).payload(inner6), 'IP6 fd00::1 > fd00::2: ICMP6, destination unreachable, unreachable route fd00::1, length 60'],
  [e.ipv6().icmpv6({type:1,code:1}).payload(inner6), 'IP6 fd00::1 > fd00::2: ICMP6, destination unreachable,  unreachable prohibited fd00::1, length 60'],
  [e.ipv6().icmpv6({type:1,code:3}).payload(inner6), 'IP6 fd00::1 > fd00::2: ICMP6, destination unreachable, unreachable address fd00::1, length 60'],
  [e.ipv6().icmpv6({type:1,code:2}).payload(inner6), 'IP6 fd00::1 > fd00::2: ICMP6, destination unreachable, beyond scope fd00::1, source address fd00::2, length 60'],
  [e.ipv6().icmpv6({type:1,code:4}).payload(ipv6().tcp().bytes()), 'IP6 fd00::1 > fd00::2: ICMP6, destination unreachable, unreachable port, fd00::2 tcp port 80, length 68'],
  [e.ipv6().icmpv6({type:2,rest:1280}).payload(inner6), 'IP6 fd00::1 > fd00::2: ICMP6, packet too big, mtu 1280, length 60'],
  [e.ipv6().icmpv6({type:3}).payload(inner6), 'IP6 fd00::1 > fd00::2: ICMP6, time exceeded in-transit for fd00::1, length 60'],
  [e.ipv6().icmpv6({type:3,code:1}).payload(inner6), 'IP6 fd00::1 > fd00::2: ICMP6, time exceeded in-transit (reassembly), length 60'],
  [e.ipv6().icmpv6({type:4,code:1,rest:40}).payload(inner6), 'IP6 fd00::1 > fd00::2: ICMP6, parameter problem, next header - octet 40, length 60'],
  [e.ipv6({src:'fe80::1',dst:'ff02::16',hopLimit:1}).ipv6Extension({type:'hop-by-hop',data:hex('05020000 0100')}).icmpv6({type:143,rest:1}).payload(Uint8Array.from([4,0,0,0,...parseIpv6('ff02::1:ff00:2')])), 'IP6 fe80::1 > ff02::16: HBH ICMP6, multicast listener report v2, 1 group record(s), length 28'],
  [e.ipv4({mf:true,id:9}).udp({length:2000,dport:9}).payload(new Uint8Array(100)), 'IP 10.0.0.1.40000 > 10.0.0.2.9: UDP, length 1992'],
  [e.ipv4({mf:true,id:9,fragmentOffset:104,protocol:17}).payload(new Uint8Array(104)), 'IP 10.0.0.1 > 10.0.0.2: ip-proto-17'],
  [e.ipv4({id:9,fragmentOffset:104,protocol:6}).payload(new Uint8Array(104)), 'IP 10.0.0.1 > 10.0.0.2: ip-proto-6'],
  [e.ipv4({id:9,fragmentOffset:104,protocol:1}).payload(new Uint8Array(104)), 'IP 10.0.0.1 > 10.0.0.2: ip-proto-1'],
  [e.ipv4({id:9,mf:true}).icmp({id:1,seq:1}).payload(new Uint8Array(96)), 'IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 104'],
  [e.ipv4({id:9,mf:true}).tcp({flags:['ack'],dport:22}).payload(new Uint8Array(100)), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [.], seq 0:100, ack 0, win 65535, length 100'],
  [e.ipv4({df:true,ttl:1,tos:4}).udp({dport:9}), 'IP 10.0.0.1.40000 > 10.0.0.2.9: UDP, length 0'],
  [e.ipv6().fragment({more:true,id:5}).udp({length:2000,dport:9}).payload(new Uint8Array(96)), 'IP6 fd00::1 > fd00::2: frag (0|104) 40000 > 9: UDP, length 1992'],
  [e.ipv6().fragment({more:false,offset:104,id:5,nextHeader:17}).payload(new Uint8Array(96)), 'IP6 fd00::1 > fd00::2: frag (104|96)'],
  [e.ipv6().tcp({flags:['syn','ack'],ack:5}), 'IP6 fd00::1.40000 > fd00::2.80: Flags [S.], seq 0, ack 5, win 65535, length 0'],
  [e.ipv6().udp({dport:9999}).payload('x'), 'IP6 fd00::1.40000 > fd00::2.9999: UDP, length 1'],
  [e.arp(), 'ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28'],
  [e.arp({op:'reply'}).padTo(60), 'ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 46'],
  [e.arp({tha:'02:00:00:00:00:02'}), 'ARP, Request who-has 10.0.0.2 (02:00:00:00:00:02) tell 10.0.0.1, length 28'],
  [e.arp({spa:'10.0.0.2'}), 'ARP, Request who-has 10.0.0.2 tell 10.0.0.2, length 28'],
  [e.arp({spa:'0.0.0.0'}), 'ARP, Request who-has 10.0.0.2 tell 0.0.0.0, length 28'],
  [ethernet({dst:'ff:ff:ff:ff:ff:ff'}).arp(), 'ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28'],
  [e.ipv4({src:'1.1.1.1',dst:'2.2.2.2'}).ipv4().tcp({dport:22}), 'IP 1.1.1.1 > 2.2.2.2: IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [S], seq 0, win 65535, length 0'],
  [e.ipv4({src:'1.1.1.1',dst:'2.2.2.2'}).ipv6().tcp({dport:22}), 'IP 1.1.1.1 > 2.2.2.2: IP6 fd00::1.40000 > fd00::2.22: Flags [S], seq 0, win 65535, length 0'],
  [e.ipv6().ipv4().tcp({dport:22}), 'IP6 fd00::1 > fd00::2: IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [S], seq 0, win 65535, length 0'],
  [e.ipv6().ipv6().tcp({dport:22}), 'IP6 fd00::1 > fd00::2: IP6 fd00::1.40000 > fd00::2.22: Flags [S], seq 0, win 65535, length 0'],
  [e.ipv4().gre().ipv4().tcp({dport:22}), 'IP 10.0.0.1 > 10.0.0.2: GREv0, length 44: IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [S], seq 0, win 65535, length 0'],
  [e.ipv4().gre({key:5,sequence:7,checksum:true}).ipv6().tcp({dport:22}), 'IP 10.0.0.1 > 10.0.0.2: GREv0, off 0x0, key=0x5, seq 7, length 76: IP6 fd00::1.40000 > fd00::2.22: Flags [S], seq 0, win 65535, length 0'],
  [e.ipv4().gre().ethernet().ipv4().tcp({dport:22}), 'IP 10.0.0.1 > 10.0.0.2: GREv0, length 58: IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [S], seq 0, win 65535, length 0'],
  [e.ipv6().gre().ipv4().udp({dport:9}), 'IP6 fd00::1 > fd00::2: GREv0, length 32: IP 10.0.0.1.40000 > 10.0.0.2.9: UDP, length 0'],
  [e.ipv4().gre({protocol:0x1234}).payload('abcd'), 'IP 10.0.0.1 > 10.0.0.2: GREv0, length 8: gre-proto-0x1234'],
  [ethernet({type:0x8847}).payload(hex('00064140')), 'MPLS (label 100, tc 0, [S], ttl 64)'],
  [e.ipv4({protocol:200}).payload('abcdefgh'), 'IP 10.0.0.1 > 10.0.0.2:  ip-proto-200 8'],
  [e.ipv4({protocol:132}).payload(hex('9c40 0050 00000000 00000000')), 'IP 10.0.0.1.40000 > 10.0.0.2.80: sctp'],
  [e.ipv4({protocol:50}).payload(hex('00000001 00000002 0000')), 'IP 10.0.0.1 > 10.0.0.2: ESP(spi=0x00000001,seq=0x2), length 10'],
  [e.ipv4({protocol:51}).payload(hex('11040000 00000001 00000002 0000000000000000 0000000000000000')), 'IP 10.0.0.1 > 10.0.0.2: AH(spi=0x00000001,seq=0x2,icv=0x000000000000000000000000): 0 > 0: truncated-udp 4'],
  [e.ipv4({protocol:2,dst:'224.0.0.22',ttl:1,options:hex('94040000')}).payload(hex('2200 f9fc 0000 0001 0400 0000 e0000009')), 'IP 10.0.0.1 > 224.0.0.22: igmp v3 report, 1 group record(s)'],
  [e.ipv4({protocol:2,dst:'224.0.0.1'}).payload(hex('1164 ee9b 00000000')), 'IP 10.0.0.1 > 224.0.0.1: igmp query v2'],
  [e.ipv6(), 'IP6 fd00::1 > fd00::2: no next header'],
  [e.ipv6({nextHeader:200}).payload('abcdefgh'), 'IP6 fd00::1 > fd00::2:  ip-proto-200 8'],
  [e.ipv6().ipv6Extension({type:'destination'}).udp({dport:9}), 'IP6 fd00::1 > fd00::2: DSTOPT 40000 > 9: UDP, length 0'],
  [e.ipv6().ipv6Extension({type:'routing',data:hex('0000 00000000')}).udp({dport:9}), 'IP6 fd00::1 > fd00::2: RT6 (len=0, type=0 [Deprecated], segleft=0) 40000 > 9: UDP, length 0'],
  [cut(e.ipv4().tcp({dport:22}), 44), 'IP truncated-ip - 10 bytes missing! 10.0.0.1.40000 > 10.0.0.2.22:  [|tcp]'],
  [cut(e.ipv4().tcp({dport:22}), 36), 'IP truncated-ip - 18 bytes missing! 10.0.0.1 > 10.0.0.2: [|tcp]'],
  [cut(e.ipv4().tcp(), 30), 'IP  [|ip]'],
  [cut(e.ipv4().tcp(), 10), '[|ether]'],
  [cut(e.ipv4().tcp(), 14), '[|ip]'],
  [cut(e.ipv4().tcp({dport:22}).payload('0123456789'), 60), 'IP truncated-ip - 4 bytes missing! 10.0.0.1.40000 > 10.0.0.2.22: Flags [S], seq 0:10, win 65535, length 10'],
  [cut(e.ipv4().udp({dport:22}), 38), 'IP truncated-ip - 4 bytes missing! 10.0.0.1.40000 > 10.0.0.2.22:  [|udp]'],
  [cut(e.ipv4().udp({dport:22}).payload('0123456789'), 45), 'IP truncated-ip - 7 bytes missing! 10.0.0.1.40000 > 10.0.0.2.22: UDP, length 10'],
  [cut(e.ipv4().icmp(), 36), 'IP truncated-ip - 6 bytes missing! 10.0.0.1 > 10.0.0.2:  [|icmp]'],
  [cut(e.ipv6().tcp(), 30), '[|ip6]'],
  [cut(e.ipv6().tcp({dport:22}), 60), 'IP6 truncated-ip6 - 14 bytes missing!fd00::1.40000 > fd00::2.22:  [|tcp]'],
  [cut(e.ipv6().tcp({dport:22}).payload('0123456789'), 80), 'IP6 truncated-ip6 - 4 bytes missing!fd00::1.40000 > fd00::2.22: Flags [S], seq 0:10, win 65535, length 10'],
  [cut(e.arp(), 30), '[|arp]'],
  [cut(e.vlan().ipv4().tcp(), 16), '[|vlan]'],
  [edited(e.ipv4().tcp({ dport: 22 }), 14, 0x55), 'IP5 (invalid)'],
  [e.ipv4({ihl:4}).tcp({dport:22}), 'IP bad-hlen 16'],
  [e.ipv4({totalLength:10}).tcp({dport:22}), 'IP bad-len 10'],
  [e.ipv4().tcp({dport:22,dataOffset:3}), 'IP 10.0.0.1.40000 > 10.0.0.2.22:  tcp 8 [bad hdr length 12 - too short, < 20]'],
  [e.ipv4().tcp({dport:22,dataOffset:15}), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [S] [bad hdr length 60 - too long, > 20]'],
  [e.ipv4().udp({dport:22,length:4}), 'IP 10.0.0.1.40000 > 10.0.0.2.22: truncated-udplength 4'],
  [e.ipv4().udp({dport:22,length:400}), 'IP 10.0.0.1.40000 > 10.0.0.2.22: UDP, bad length 392 > 0'],
  [e.ipv4().udp({dport:22,length:10}).payload('abcdef'), 'IP 10.0.0.1.40000 > 10.0.0.2.22: UDP, length 2'],
  [e.ipv4().tcp({dport:22}).padTo(60), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [S], seq 0, win 65535, length 0'],
  [e.ipv4({options:hex('94040000')}).tcp({dport:22}), 'IP 10.0.0.1.40000 > 10.0.0.2.22: Flags [S], seq 0, win 65535, length 0'],
  [e.ipv4().udp({sport:123,dport:123}).payload(hex(`2300 06 20 ${ZEROS(44)}`)), 'IP 10.0.0.1.123 > 10.0.0.2.123: NTPv4, Client, length 48'],
  [e.ipv4({src:'0.0.0.0',dst:'255.255.255.255'}).udp({sport:68,dport:67}).payload(hex(`01010600 12345678 0000 0000 ${ZEROS(16)} 020000000001 ${ZEROS(202)} 63825363350101ff`)), 'IP 0.0.0.0.68 > 255.255.255.255.67: BOOTP/DHCP, Request from 02:00:00:00:00:01, length 244'],
  [e.ipv4({dst:'224.0.0.251'}).udp({sport:5353,dport:5353}).payload(hex('0000 0000 0001 0000 0000 0000 04 5f746370 05 6c6f63616c 00 000c 8001')), 'IP 10.0.0.1.5353 > 224.0.0.251.5353: 0 PTR (QU)? _tcp.local. (28)'],
  [e.ipv4().udp({dport:443}).payload(hex('c0000000010811223344556677880000')), 'IP 10.0.0.1.40000 > 10.0.0.2.443: UDP, length 16'],
];

/** Where we say more than tcpdump without -e and -v, or less than its decoders. */
const OURS: readonly (readonly [Packet, string])[] = [
  [
    e.vlan({ id: 10, pcp: 3 }).ipv4().udp({ dport: 9 }),
    'vlan 10, p 3, IP 10.0.0.1.40000 > 10.0.0.2.9: UDP, length 0',
  ],
  [
    e.vlan({ tpid: 0x88a8, id: 20 }).vlan({ dei: true }).arp(),
    'vlan 20, p 0, vlan 1, p 0, DEI, ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
  ],
  [
    e.ipv4().udp({ dport: 4789 }).vxlan({ vni: 42 }).ethernet().ipv4().udp({ dport: 9 }),
    'IP 10.0.0.1.40000 > 10.0.0.2.4789: VXLAN, flags [I] (0x08), vni 42: IP 10.0.0.1.40000 > 10.0.0.2.9: UDP, length 0',
  ],
  [
    ethernet({ type: 0x88b5 }).payload('abcdefgh'),
    '02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype Unknown (0x88b5), length 22',
  ],
  [
    ethernet({ type: 38 }).payload(hex('4242 03')).padTo(60),
    '02:00:00:00:00:01 > 02:00:00:00:00:02, 802.3, length 38: LLC, dsap 0x42, ssap 0x42, ctrl 0x3',
  ],
  [e.arp({ op: 3 }), 'ARP, Reverse Request, length 28'],
  [e.ipv6().icmpv6({ type: 200 }), 'IP6 fd00::1 > fd00::2: ICMP6, type-#200, length 8'],
];

describe('summarize()', () => {
  it.each(RECORDED.map(([packet, text]) => [text, packet] as const))(
    'writes as tcpdump: %s',
    (text, packet) => {
      expect(summarize(packet.bytes())).toBe(text);
    },
  );

  it.each(OURS.map(([packet, text]) => [text, packet] as const))('writes: %s', (text, packet) => {
    expect(summarize(packet.bytes())).toBe(text);
  });

  it('writes a line without line breaks for any bytes', () => {
    const protocols = fc.constantFrom('0800', '86dd', '0806', '8100', '8847', '0005');
    fc.assert(
      fc.property(protocols, fc.uint8Array({ maxLength: 200 }), (type, rest) => {
        const line = summarize(Uint8Array.from([...new Uint8Array(12), ...hex(type), ...rest]));
        expect(line).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it('writes a line for any packet with bytes changed or cut', () => {
    const packets = RECORDED.map(([packet]) => packet.bytes()).filter((bytes) => bytes.length > 20);
    const edits = fc.array(fc.tuple(fc.nat(150), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...packets), edits, fc.nat(200), (packet, changes, size) => {
        const bytes = packet.slice(0, size);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expect(summarize(bytes).length).toBeLessThan(5000);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives up on a packet of nothing but headers within headers', () => {
    const nested = new Uint8Array(20_000).map((_, i) => (i % 4 === 0 ? 0x81 : 0));
    expect(summarize(nested)).toMatch(/\.\.\.$/);
  });
});

function hasTcpdump(): boolean {
  try {
    execFileSync('tcpdump', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasTcpdump())('the recorded lines of tcpdump', () => {
  it('are what the tcpdump of this machine writes', () => {
    const file = writePcap(
      RECORDED.map(([packet]) => ({ seconds: 0, nanoseconds: 0, data: packet.bytes() })),
    );
    const args = ['-nn', '-t', '-S', '-r', '-'];
    const text = execFileSync('tcpdump', args, { input: file, stdio: ['pipe', 'pipe', 'ignore'] }).toString();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('\t'));
    expect(lines.map((line) => line.trim())).toEqual(RECORDED.map(([, line]) => line));
  });
});
